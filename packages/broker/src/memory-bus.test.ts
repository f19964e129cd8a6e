import { MemoryBus } from "./memory-bus.ts";
import { MemoryHub } from "./memory-hub.ts";
import { busSuite } from "./suites/bus-suite.ts";
import { ManualClock } from "./suites/manual-clock.ts";

busSuite("memory", async (nodes, report) => {
  const clock = new ManualClock();
  const hub = new MemoryHub();
  const buses = nodes.map((node) => new MemoryBus({ node, hub, clock, report }));
  return { buses, advance: async (ms) => clock.advance(ms) };
});
