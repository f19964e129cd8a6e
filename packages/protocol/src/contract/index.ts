// Contracts

export { type Contract, defineContract, type EventShapes, isOwnEvent } from "./contract.ts";
export type {
  AckOutput,
  Answer,
  ContractEvents,
  ContractHandlers,
  ContractListeners,
  ShapeInputs,
  ShapeOutputs,
} from "./contract-events.ts";
export {
  type AnsweredShape,
  type ArgumentShape,
  type EventRule,
  type EventShape,
  readShape,
} from "./event-shape.ts";
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaPathSegment,
  SchemaResult,
  StandardSchema,
} from "./standard-schema.ts";

// Refusals

export {
  EVENT_REFUSALS,
  type EventError,
  type EventIssue,
  type EventRefusalCode,
  type EventRefusalRow,
  EventRefused,
  readRefusal,
  refusalAnswer,
} from "./event-refusal.ts";
