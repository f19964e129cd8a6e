// The proxy.

// What went wrong.
export type { LogEntry } from "./fault-log.ts";
// What goes wrong.
export { FAULT_MANUAL, type FaultManual } from "./fault-manual.ts";
export { FAULT_NAMES } from "./fault-plan.ts";
export { type ConnectionView, type CutOptions, FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";
export type { CutHow, CutLimits, Direction, Directions, FaultName, Faults, HoldLimits, Sided } from "./faults.ts";
export { FaultOptionError } from "./fields.ts";
export type { CutSide } from "./proxied-connection.ts";
export type { Target } from "./target.ts";
