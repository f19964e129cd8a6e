// Every way in which this package refuses, in one table; channel calls are refused with the rows of @everwire/protocol.
// Codes are public and are never reused.

/** Who learns of the failure: the application's own call, or the peer that connects. */
export type FailureAudience = "caller" | "connect";

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
  | "key_invalid"
  | "room_invalid"
  | "too_many_rooms"
  | "too_many_acks"
  | "ack_timed_out"
  | "ack_disconnected"
  | "answer_invalid"
  | "contract_bound"
  | "namespace_unknown"
  | "too_many_namespaces"
  | "connect_timed_out"
  | "rate_limited"
  | "middleware_failed";

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
  key_invalid: {
    meaning: "a key to coalesce by is a string of 1 to 256 characters",
    audience: "caller",
    retry: false,
  },
  room_invalid: { meaning: "a room name is a string of 1 to 256 characters", audience: "caller", retry: false },
  too_many_rooms: { meaning: "the socket is in as many rooms as one socket may be", audience: "caller", retry: false },
  too_many_acks: { meaning: "too many acknowledgements are outstanding", audience: "caller", retry: true },
  ack_timed_out: { meaning: "operation has timed out", audience: "caller", retry: true },
  ack_disconnected: { meaning: "the socket disconnected before it acknowledged", audience: "caller", retry: false },
  answer_invalid: { meaning: "an answer is not what the contract says", audience: "caller", retry: false },
  contract_bound: { meaning: "the namespace has another contract already", audience: "caller", retry: false },
  namespace_unknown: { meaning: "Invalid namespace", audience: "connect", retry: false },
  too_many_namespaces: { meaning: "Too many namespaces", audience: "connect", retry: false },
  connect_timed_out: { meaning: "Connect timed out", audience: "connect", retry: true },
  rate_limited: { meaning: "Too many events", audience: "connect", retry: true },
  middleware_failed: { meaning: "Internal error", audience: "connect", retry: true },
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
