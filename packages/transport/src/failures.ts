/** The closed set of reasons for which this package refuses a request, an upgrade or a session; public, never reused. */
export type FailureReason =
  | "transport_unknown"
  | "session_unknown"
  | "handshake_method"
  | "bad_request"
  | "invalid_query"
  | "query_too_long"
  | "ambiguous_query"
  | "transport_mismatch"
  | "protocol_mismatch"
  | "protocol_unsupported"
  | "origin_refused"
  | "host_refused"
  | "forbidden"
  | "hook_failed"
  | "hook_timed_out"
  | "aborted"
  | "method_not_allowed"
  | "shutting_down"
  | "overloaded"
  | "upgrades_disabled"
  | "upgrade_refused"
  | "websocket_handshake"
  | "websocket_failed"
  | "two_polls"
  | "two_posts"
  | "binary_body"
  | "body_too_large"
  | "body_timed_out"
  | "body_too_slow"
  | "body_aborted"
  | "invalid_utf8"
  | "parse_error"
  | "heartbeat_direction"
  | "ping_timed_out"
  | "probe_refused"
  | "probe_timed_out"
  | "slow_consumer"
  | "memory_guard"
  | "invalid_attach"
  | "ack_out_of_range"
  | "number_gap"
  | "too_many_posts"
  | "reattach_timed_out"
  | "too_many_connections"
  | "too_many_handshakes"
  | "pipelined"
  | "binding_refused"
  | "middleware_refused"
  | "handler_failed"
  | "id_failed"
  | "draining";

/** The error codes of Engine.IO, sent in the body of a refusal. */
export type EngineCode = 0 | 1 | 2 | 3 | 4 | 5;

const ENGINE_MESSAGES: Readonly<Record<EngineCode, string>> = {
  0: "Transport unknown",
  1: "Session ID unknown",
  2: "Bad handshake method",
  3: "Bad request",
  4: "Forbidden",
  5: "Unsupported protocol version",
};

/**
 * One row: why something was refused and how that is answered. `status` is 0 where no HTTP answer is possible (the peer
 * is gone, or the failure happened on an open WebSocket).
 */
export class TransportFailure {
  readonly reason: FailureReason;
  readonly status: number;
  readonly engineCode: EngineCode | undefined;
  readonly meaning: string;
  /** What the peer may read; empty when the status says it all. */
  readonly message: string;
  readonly level: "info" | "warn" | "error";

  constructor(
    reason: FailureReason,
    status: number,
    engineCode: EngineCode | undefined,
    meaning: string,
    level: "info" | "warn" | "error" = "info",
    message: string = engineCode === undefined ? "" : ENGINE_MESSAGES[engineCode],
  ) {
    this.reason = reason;
    this.status = status;
    this.engineCode = engineCode;
    this.meaning = meaning;
    this.level = level;
    this.message = message;
    Object.freeze(this);
  }

  /** The exact Engine.IO JSON body, or nothing where Engine.IO defines no code. */
  get body(): string {
    return this.engineCode === undefined ? "" : JSON.stringify({ code: this.engineCode, message: this.message });
  }

  /** The same row with the application's own words for the peer (Engine.IO code 4). */
  withMessage(message: string): TransportFailure {
    return new TransportFailure(this.reason, this.status, this.engineCode, this.meaning, this.level, message);
  }
}

const ROWS: readonly TransportFailure[] = [
  new TransportFailure("transport_unknown", 400, 0, "no such transport, or it is switched off"),
  new TransportFailure("session_unknown", 400, 1, "the session id belongs to no open session"),
  new TransportFailure("handshake_method", 400, 2, "a session is opened by GET only"),
  new TransportFailure("bad_request", 400, 3, "the request contradicts itself"),
  new TransportFailure("invalid_query", 400, 3, "a percent escape of the query is broken"),
  new TransportFailure("query_too_long", 414, 3, "the query is longer than 8 KB"),
  new TransportFailure("ambiguous_query", 400, 3, "a parameter that must be unique was given twice"),
  new TransportFailure("transport_mismatch", 400, 3, "the session speaks another transport"),
  new TransportFailure("protocol_mismatch", 400, 3, "the session was opened with another protocol version"),
  new TransportFailure("protocol_unsupported", 400, 5, "EIO is not exactly 4"),
  new TransportFailure(
    "origin_refused",
    403,
    4,
    "the origin is not allowed to talk to this server; behind a proxy, name the public one in `origins`",
  ),
  new TransportFailure("host_refused", 403, 4, "the request is for a name that is not in `hosts`", "warn"),
  new TransportFailure("forbidden", 403, 4, "allowRequest refused"),
  new TransportFailure(
    "hook_failed",
    500,
    undefined,
    "a hook or a middleware threw something else than a refusal",
    "error",
  ),
  new TransportFailure("hook_timed_out", 503, undefined, "allowRequest did not answer in time", "warn"),
  new TransportFailure("aborted", 0, undefined, "the client left before it was admitted"),
  new TransportFailure("method_not_allowed", 405, undefined, "only GET, POST and OPTIONS are served"),
  new TransportFailure("shutting_down", 503, undefined, "the listener is closing"),
  new TransportFailure("overloaded", 503, undefined, "too many sessions wait to be opened, or for too long", "warn"),
  new TransportFailure("upgrades_disabled", 400, 3, "allowUpgrades is off"),
  new TransportFailure("upgrade_refused", 0, undefined, "the session is being upgraded or already was"),
  new TransportFailure("websocket_handshake", 0, undefined, "the WebSocket handshake is invalid"),
  new TransportFailure("websocket_failed", 0, undefined, "the peer broke a rule or a limit of the WebSocket"),
  new TransportFailure("two_polls", 400, 3, "a second GET while one is waiting"),
  new TransportFailure("two_posts", 400, 3, "a second POST while one is in progress"),
  new TransportFailure("binary_body", 400, 3, "Engine.IO 4 has no binary request body"),
  new TransportFailure("body_too_large", 413, undefined, "the body is longer than maxPayload"),
  new TransportFailure("body_timed_out", 408, undefined, "the body did not arrive in time"),
  new TransportFailure("body_too_slow", 408, undefined, "the body came more slowly than minBodyRate"),
  new TransportFailure("body_aborted", 0, undefined, "the client left in the middle of the body"),
  new TransportFailure("invalid_utf8", 400, 3, "the body is not UTF-8"),
  new TransportFailure("parse_error", 400, 3, "a packet that the protocol does not allow here"),
  new TransportFailure(
    "heartbeat_direction",
    400,
    3,
    "a ping or a pong from the side that does not send it: in Engine.IO 4 the server pings, in 3 the client",
  ),
  new TransportFailure("ping_timed_out", 0, undefined, "no pong within pingTimeout"),
  new TransportFailure("probe_refused", 0, undefined, "an upgrade probe said something else than 2probe and 5"),
  new TransportFailure("probe_timed_out", 0, undefined, "an upgrade was not completed within upgradeTimeout"),
  new TransportFailure("slow_consumer", 0, undefined, "the client reads slower than packets are sent", "warn"),
  new TransportFailure(
    "memory_guard",
    0,
    undefined,
    "more waits for all clients together than totalQueueLimit, and for this one most",
    "warn",
  ),
  new TransportFailure("invalid_attach", 400, 3, "an attach without a turn and an ack that are whole numbers"),
  new TransportFailure("ack_out_of_range", 400, 3, "the peer acknowledged messages that were never sent to it"),
  new TransportFailure(
    "number_gap",
    400,
    3,
    "messages without a number, or beyond the next one, on a stream that cannot lose any",
  ),
  new TransportFailure(
    "too_many_posts",
    429,
    undefined,
    "more request bodies of one session at a time than retries explain",
  ),
  new TransportFailure("reattach_timed_out", 0, undefined, "the client did not come back after its downlink broke"),
  new TransportFailure(
    "too_many_connections",
    429,
    undefined,
    "the address has as many sessions as one may have",
    "warn",
  ),
  new TransportFailure(
    "too_many_handshakes",
    429,
    undefined,
    "the address opened as many sessions as one may within a second",
    "warn",
  ),
  new TransportFailure("pipelined", 0, undefined, "more requests on one connection than it reads answers of"),
  new TransportFailure("binding_refused", 403, 4, "a request for a session of somebody else", "warn"),
  new TransportFailure("middleware_refused", 400, 3, "a middleware passed on an error"),
  new TransportFailure("handler_failed", 500, undefined, "the application's handler threw", "error"),
  new TransportFailure("id_failed", 400, 3, "generateId threw, or gave an id that is taken or is none", "error"),
  new TransportFailure("draining", 503, undefined, "the server moves its clients elsewhere and takes no new ones"),
];

/** Every failure of this package, by reason. */
export const TRANSPORT_FAILURES: ReadonlyMap<FailureReason, TransportFailure> = new Map(
  ROWS.map((row) => [row.reason, row]),
);

/** The row of a reason. */
export function failure(reason: FailureReason): TransportFailure {
  const row = TRANSPORT_FAILURES.get(reason);
  if (row === undefined) throw new TypeError(`no failure row for ${reason}`);
  return row;
}

/** Thrown by `allowRequest` to refuse a handshake; the message is sent to the client with Engine.IO code 4. */
export class AdmissionRefusal extends Error {
  override readonly name = "AdmissionRefusal";
}
