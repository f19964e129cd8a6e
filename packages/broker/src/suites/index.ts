export type { BusCluster, MakeBuses } from "./bus-bench.ts";
export { busSuite } from "./bus-suite.ts";
export type { MakeLog } from "./log-bench.ts";
export { logSuite } from "./log-suite.ts";
export { ManualClock } from "./manual-clock.ts";
export { type MakeMembership, type MembershipBench, membershipSuite } from "./membership-suite.ts";
export { type MakePresence, type PresenceBench, presenceSuite } from "./presence-suite.ts";
export { assertFails, type Skips } from "./suite.ts";
