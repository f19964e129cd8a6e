import { MemoryMembership } from "./memory-membership.ts";
import { ManualClock } from "./suites/manual-clock.ts";
import { membershipSuite } from "./suites/membership-suite.ts";

membershipSuite("memory", async (report) => {
  const clock = new ManualClock();
  return { membership: new MemoryMembership({ clock, report }), advance: async (ms) => clock.advance(ms) };
});
