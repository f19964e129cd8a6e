// Every way in which this package refuses, in one table. Codes are public and are never reused.

/** Who learns of the failure: the application's own call, the peer that connects, or the peer that made a channel call. */
export type FailureAudience = "caller" | "connect" | "call";

export interface ServerFailureRow {
  readonly meaning: string;
  readonly audience: FailureAudience;
  /** Whether the same attempt may succeed later without being changed. */
  readonly retry: boolean;
}

export type ServerFailureCode =
  | "unknown_option"
  | "invalid_option"
  | "invalid_namespace"
  | "server_closed"
  | "reserved_event"
  | "unencodable"
  | "invalid_timeout"
  | "room_invalid"
  | "too_many_rooms"
  | "too_many_acks"
  | "ack_timed_out"
  | "ack_disconnected"
  | "namespace_unknown"
  | "too_many_namespaces"
  | "connect_timed_out"
  | "middleware_failed"
  | "channel_invalid"
  | "request_invalid"
  | "id_invalid"
  | "position_invalid"
  | "limit_invalid"
  | "data_invalid"
  | "record_too_large"
  | "not_allowed"
  | "not_subscribed"
  | "superseded"
  | "too_many_channels"
  | "too_many_members"
  | "rate_limited"
  | "overloaded"
  | "store_failed"
  | "service_closed"
  | "internal";

const ROWS: Readonly<Record<ServerFailureCode, ServerFailureRow>> = {
  unknown_option: { meaning: "an option has a name that this server does not know", audience: "caller", retry: false },
  invalid_option: { meaning: "an option has a value outside its range", audience: "caller", retry: false },
  invalid_namespace: {
    meaning: "a namespace name is 1 to 256 characters without commas",
    audience: "caller",
    retry: false,
  },
  server_closed: { meaning: "the server is closed", audience: "caller", retry: false },
  reserved_event: { meaning: "the event name is reserved", audience: "caller", retry: false },
  unencodable: { meaning: "the arguments cannot be encoded", audience: "caller", retry: false },
  invalid_timeout: { meaning: "a timeout is a positive number of milliseconds", audience: "caller", retry: false },
  room_invalid: { meaning: "a room name is a string of 1 to 256 characters", audience: "caller", retry: false },
  too_many_rooms: { meaning: "the socket is in as many rooms as one socket may be", audience: "caller", retry: false },
  too_many_acks: { meaning: "too many acknowledgements are outstanding", audience: "caller", retry: true },
  ack_timed_out: { meaning: "operation has timed out", audience: "caller", retry: true },
  ack_disconnected: { meaning: "the socket disconnected before it acknowledged", audience: "caller", retry: false },
  namespace_unknown: { meaning: "Invalid namespace", audience: "connect", retry: false },
  too_many_namespaces: { meaning: "Too many namespaces", audience: "connect", retry: false },
  connect_timed_out: { meaning: "Connect timed out", audience: "connect", retry: true },
  middleware_failed: { meaning: "Internal error", audience: "connect", retry: true },
  channel_invalid: { meaning: "the channel name is not valid", audience: "call", retry: false },
  request_invalid: { meaning: "the request is not well-formed", audience: "call", retry: false },
  id_invalid: { meaning: "an id is 1 to 64 characters of A-Z a-z 0-9 _ -", audience: "call", retry: false },
  position_invalid: { meaning: "a position is epoch:offset", audience: "call", retry: false },
  limit_invalid: { meaning: "a limit is a whole number from 1 to 300", audience: "call", retry: false },
  data_invalid: { meaning: "the data is not JSON data", audience: "call", retry: false },
  record_too_large: { meaning: "the data is larger than one record may be", audience: "call", retry: false },
  not_allowed: { meaning: "not allowed", audience: "call", retry: false },
  not_subscribed: { meaning: "the channel is not subscribed", audience: "call", retry: false },
  superseded: {
    meaning: "a later call on the same channel took the place of this one",
    audience: "call",
    retry: false,
  },
  too_many_channels: { meaning: "too many channels are subscribed", audience: "call", retry: false },
  too_many_members: {
    meaning: "the channel has as many members as one channel may have",
    audience: "call",
    retry: true,
  },
  rate_limited: { meaning: "too many calls", audience: "call", retry: true },
  overloaded: { meaning: "the channel moves faster than this subscribe can read it", audience: "call", retry: true },
  store_failed: { meaning: "the log could not complete the call", audience: "call", retry: true },
  service_closed: { meaning: "the channel service is closed", audience: "call", retry: true },
  internal: { meaning: "the application failed to answer", audience: "call", retry: true },
};

export const SERVER_FAILURES: ReadonlyMap<ServerFailureCode, ServerFailureRow> = new Map(
  // The keys of a literal are exactly the union above; Object.entries widens them to string.
  Object.entries(ROWS) as [ServerFailureCode, ServerFailureRow][],
);

/** A row of the table as an error: `code` is the contract, the message is for people. */
export class ServerError extends Error {
  readonly code: ServerFailureCode;
  readonly retry: boolean;
  /** Answers that had arrived when a broadcast with acknowledgements ran out of time. */
  readonly responses: readonly unknown[];

  constructor(code: ServerFailureCode, detail?: string, responses: readonly unknown[] = []) {
    super(detail === undefined ? ROWS[code].meaning : `${ROWS[code].meaning}: ${detail}`);
    this.name = "ServerError";
    this.code = code;
    this.retry = ROWS[code].retry;
    this.responses = responses;
  }
}

/** What a refused peer is told about row `code`. */
export function meaningOf(code: ServerFailureCode): string {
  return ROWS[code].meaning;
}
