import { MemoryPresence } from "./memory-presence.ts";
import { ManualClock } from "./suites/manual-clock.ts";
import { presenceSuite } from "./suites/presence-suite.ts";

presenceSuite("memory", async (report) => {
  const clock = new ManualClock();
  return { store: new MemoryPresence({ clock, report }), advance: async (ms) => clock.advance(ms) };
});
