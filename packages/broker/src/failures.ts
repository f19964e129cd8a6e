/** Every way in which a bus, log, presence store or membership says no. Codes are public and never reused. */
export type BrokerFailureCode =
  | "invalid_topic"
  | "invalid_record"
  | "invalid_query"
  | "record_too_large"
  | "record_corrupt"
  | "too_many_topics"
  | "queue_full"
  | "disk_full"
  | "storage_failed"
  | "store_corrupt"
  | "store_in_use"
  | "store_newer"
  | "store_unwritable"
  | "log_closed"
  | "message_too_large"
  | "no_such_node"
  | "node_in_use"
  | "not_serving"
  | "already_serving"
  | "request_timed_out"
  | "request_failed"
  | "bus_closed"
  | "invalid_lease"
  | "too_many_members"
  | "member_too_large"
  | "presence_closed"
  | "membership_closed";

/** One row: what happened, and whether the same call may succeed later without a change by the caller. */
export interface BrokerFailure {
  readonly meaning: string;
  readonly retry: boolean;
}

const RETRY = true;
const TERMINAL = false;

const ROWS: readonly (readonly [BrokerFailureCode, string, boolean])[] = [
  ["invalid_topic", "a topic is 1 to 512 characters without control characters", TERMINAL],
  ["invalid_record", "a text of the record is too long, has a NUL, or is not well-formed Unicode", TERMINAL],
  ["invalid_query", "the limit, offset, position or retention of the call is out of its range", TERMINAL],
  ["record_too_large", "the record is larger than the log accepts", TERMINAL],
  ["record_corrupt", "the stored record does not match its checksum and is not delivered", TERMINAL],
  ["too_many_topics", "the log holds as many topics as it may", TERMINAL],
  ["queue_full", "as much work is waiting as may wait", RETRY],
  ["disk_full", "the storage has no room; nothing of this call was stored", RETRY],
  // The outcome is unknown: the record may be there after a restart. An idempotency key makes the retry safe.
  ["storage_failed", "the storage failed while the call was under way; retry with the same idempotency key", RETRY],
  ["store_corrupt", "the store's file is damaged beyond single records", TERMINAL],
  ["store_in_use", "another process has the store open", TERMINAL],
  ["store_newer", "the store was written by a newer version", TERMINAL],
  ["store_unwritable", "the store's directory or file cannot be created or written", TERMINAL],
  ["log_closed", "the log is closed", TERMINAL],
  ["message_too_large", "the message is larger than the bus accepts", TERMINAL],
  ["no_such_node", "no node of that name is on the bus", RETRY],
  ["node_in_use", "a node of that name is on the bus already", TERMINAL],
  ["not_serving", "the node does not answer requests yet", RETRY],
  ["already_serving", "this node has a request handler already", TERMINAL],
  ["request_timed_out", "the node did not answer in time; it may still have acted", RETRY],
  ["request_failed", "the handler of the asked node failed", TERMINAL],
  ["bus_closed", "the bus is closed", TERMINAL],
  ["invalid_lease", "the member or its time to live is out of range", TERMINAL],
  ["too_many_members", "the topic holds as many members as it may", RETRY],
  ["member_too_large", "the data of the member is larger than the store accepts", TERMINAL],
  ["presence_closed", "the presence store is closed", TERMINAL],
  ["membership_closed", "the membership is closed", TERMINAL],
];

/** The table of failures, for documentation and for mapping to other protocols. */
export const BROKER_FAILURES: ReadonlyMap<BrokerFailureCode, BrokerFailure> = new Map(
  ROWS.map(([code, meaning, retry]) => [code, { meaning, retry }]),
);

/** What a failure is about, where that is known. */
export interface BrokerErrorDetails {
  readonly topic?: string;
  readonly offset?: number;
  /** A sentence that replaces the row's meaning in the message. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** The only error that the contracts of this package reject with. */
export class BrokerError extends Error {
  override readonly name: string = "BrokerError";
  readonly code: BrokerFailureCode;
  readonly retry: boolean;
  readonly topic: string | undefined;
  readonly offset: number | undefined;

  constructor(code: BrokerFailureCode, details: BrokerErrorDetails = {}) {
    const row = BROKER_FAILURES.get(code);
    super(`${code}: ${details.detail ?? row?.meaning ?? code}`, { cause: details.cause });
    this.code = code;
    this.retry = row?.retry ?? false;
    this.topic = details.topic;
    this.offset = details.offset;
  }
}
