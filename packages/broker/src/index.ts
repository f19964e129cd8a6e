// Contracts
export type { Bus, BusMessage, BusRequest, BusRequestHandler, BusWait, Survey, SurveyAnswer } from "./bus.ts";
// Positions, time, failures
export { type Clock, systemClock } from "./clock.ts";
export {
  BROKER_FAILURES,
  BrokerError,
  type BrokerErrorDetails,
  type BrokerFailure,
  type BrokerFailureCode,
} from "./failures.ts";
// For those who implement a log
export { type FirstResult, IdempotencyWindow } from "./idempotency-window.ts";
export type {
  Appended,
  GapReason,
  IdempotencyBounds,
  Log,
  LogOptions,
  LogPage,
  LogQuery,
  Retention,
  TopicSummary,
} from "./log.ts";
export type { AppendRequest, LogRecord } from "./log-record.ts";
export { assertAppend, assertTopic, copyHeaders, recordSize } from "./log-record.ts";
// In memory
export type { Report } from "./mailbox.ts";
export type { Membership, MembershipChange, NodeInfo } from "./membership.ts";
export { MemoryBus, type MemoryBusOptions } from "./memory-bus.ts";
export { MemoryHub } from "./memory-hub.ts";
export { MemoryLog, type MemoryLogOptions } from "./memory-log.ts";
export { MemoryMembership, type MemoryMembershipOptions } from "./memory-membership.ts";
export { MemoryPresence, type MemoryPresenceOptions } from "./memory-presence.ts";
export { formatPosition, type Position, parsePosition } from "./position.ts";
export type { Lease, PresenceChange, PresenceMember, PresenceStore } from "./presence.ts";
export {
  assertLimit,
  assertQuery,
  assertRetention,
  makePage,
  type PageOf,
  planRead,
  type ReadPlan,
  type TopicState,
} from "./read-plan.ts";
