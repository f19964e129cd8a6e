/** A peer broke a rule of the protocol or a limit of ours: the connection ends with `closeCode`. */
export class FrameFailure {
  /** Public, stable, and sent to the peer as the reason of the close frame. */
  readonly code: FrameFailureCode;
  readonly meaning: string;
  /** RFC 6455 §7.4.1 */
  readonly closeCode: number;
  /** Whether the same traffic may pass on another connection. */
  readonly retry: boolean;

  constructor(code: FrameFailureCode, closeCode: number, retry: boolean, meaning: string) {
    this.code = code;
    this.closeCode = closeCode;
    this.retry = retry;
    this.meaning = meaning;
    Object.freeze(this);
  }
}

/** A request was not upgraded: it is answered with `status` and the socket is closed. */
export class HandshakeFailure {
  readonly code: HandshakeFailureCode;
  readonly meaning: string;
  readonly status: number;
  /** What the answer must carry beside the body, e.g. `Allow` with 405. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HandshakeFailureCode, status: number, meaning: string, headers: Record<string, string> = {}) {
    this.code = code;
    this.status = status;
    this.meaning = meaning;
    this.headers = Object.freeze(headers);
    Object.freeze(this);
  }
}

export type FrameFailureCode =
  | "reserved_bit"
  | "unknown_opcode"
  | "unmasked_frame"
  | "masked_frame"
  | "length_not_minimal"
  | "length_out_of_range"
  | "control_too_long"
  | "control_fragmented"
  | "unexpected_continuation"
  | "message_interrupted"
  | "invalid_close_payload"
  | "invalid_close_code"
  | "invalid_utf8"
  | "invalid_compressed_data"
  | "message_too_big"
  | "too_many_fragments"
  | "too_many_empty_fragments"
  | "too_many_pings"
  | "too_many_messages"
  | "message_timed_out"
  | "incomplete_budget_exceeded"
  | "handler_failed"
  | "slow_consumer"
  | "pong_timed_out";

function frameRow(
  code: FrameFailureCode,
  closeCode: number,
  retry: boolean,
  meaning: string,
): readonly [FrameFailureCode, FrameFailure] {
  return [code, new FrameFailure(code, closeCode, retry, meaning)];
}

/** Every way a connection can fail once it is open. Codes are never reused. */
export const FRAME_FAILURES: ReadonlyMap<FrameFailureCode, FrameFailure> = new Map([
  frameRow("reserved_bit", 1002, false, "a reserved bit is set and no extension gives it a meaning"),
  frameRow("unknown_opcode", 1002, false, "the opcode is reserved"),
  frameRow("unmasked_frame", 1002, false, "a client must mask its frames"),
  frameRow("masked_frame", 1002, false, "a server must not mask its frames"),
  frameRow("length_not_minimal", 1002, false, "the length is not written in the fewest bytes"),
  frameRow("length_out_of_range", 1002, false, "the top bit of a 64-bit length must be 0"),
  frameRow("control_too_long", 1002, false, "a control frame holds at most 125 bytes"),
  frameRow("control_fragmented", 1002, false, "a control frame must not be fragmented"),
  frameRow("unexpected_continuation", 1002, false, "a continuation without a message to continue"),
  frameRow("message_interrupted", 1002, false, "a new message before the last fragment of the former"),
  frameRow("invalid_close_payload", 1002, false, "a close frame holds nothing, or a code of two bytes and a reason"),
  frameRow("invalid_close_code", 1002, false, "the close code must not be sent in a frame"),
  frameRow("invalid_utf8", 1007, false, "text that is not UTF-8"),
  frameRow("invalid_compressed_data", 1007, false, "a compressed message that is not DEFLATE, or refers too far back"),
  frameRow("message_too_big", 1009, false, "the message is longer than this side accepts"),
  frameRow("too_many_fragments", 1008, false, "the message has more fragments than this side accepts"),
  frameRow("too_many_empty_fragments", 1008, false, "too many empty fragments in a row"),
  frameRow("too_many_pings", 1008, true, "more pings than this side answers"),
  frameRow("too_many_messages", 1008, true, "more messages a second than this side accepts"),
  frameRow("message_timed_out", 1008, true, "an incomplete message made too little progress"),
  frameRow("incomplete_budget_exceeded", 1013, true, "the process holds too many bytes of incomplete messages"),
  frameRow("handler_failed", 1011, true, "the receiver of a message threw"),
  frameRow("slow_consumer", 1013, true, "the peer reads more slowly than this side writes"),
  frameRow("pong_timed_out", 1006, true, "the peer did not answer a ping in time"),
]);

export type HandshakeFailureCode =
  | "method_not_allowed"
  | "http_version_unsupported"
  | "body_not_allowed"
  | "upgrade_required"
  | "tunnel_required"
  | "host_required"
  | "connection_header_invalid"
  | "websocket_version_unsupported"
  | "key_invalid"
  | "protocols_invalid"
  | "extensions_invalid"
  | "protocol_choice_failed"
  | "not_found"
  | "verification_failed"
  | "verification_timed_out"
  | "refused"
  | "overloaded"
  | "shutting_down";

const OFFER: Record<string, string> = { Upgrade: "websocket" };

function handshakeRow(
  code: HandshakeFailureCode,
  status: number,
  meaning: string,
  headers?: Record<string, string>,
): readonly [HandshakeFailureCode, HandshakeFailure] {
  return [code, new HandshakeFailure(code, status, meaning, headers)];
}

/** Every way an upgrade can be refused. Codes are never reused. */
export const HANDSHAKE_FAILURES: ReadonlyMap<HandshakeFailureCode, HandshakeFailure> = new Map([
  handshakeRow("method_not_allowed", 405, "a WebSocket opens with GET", { Allow: "GET" }),
  handshakeRow("http_version_unsupported", 400, "a WebSocket opens with HTTP/1.1"),
  handshakeRow("body_not_allowed", 400, "an upgrade has no body"),
  handshakeRow("upgrade_required", 426, "Upgrade must be websocket", OFFER),
  handshakeRow("tunnel_required", 405, "a WebSocket opens with CONNECT and :protocol websocket"),
  handshakeRow("connection_header_invalid", 426, "Connection must name Upgrade", OFFER),
  handshakeRow("websocket_version_unsupported", 426, "Sec-WebSocket-Version must be 13", {
    ...OFFER,
    "Sec-WebSocket-Version": "13",
  }),
  handshakeRow("host_required", 400, "the request must name one Host"),
  handshakeRow("key_invalid", 400, "Sec-WebSocket-Key must be the base64 of 16 bytes"),
  handshakeRow("protocols_invalid", 400, "Sec-WebSocket-Protocol must list at most 32 distinct tokens"),
  handshakeRow("extensions_invalid", 400, "Sec-WebSocket-Extensions does not follow its grammar"),
  handshakeRow("protocol_choice_failed", 500, "the server could not choose a subprotocol"),
  handshakeRow("not_found", 404, "no WebSocket here"),
  handshakeRow("verification_failed", 500, "the server could not verify the request"),
  handshakeRow("verification_timed_out", 503, "the request was not verified in time", { "Retry-After": "5" }),
  handshakeRow("refused", 403, "the request was refused"),
  handshakeRow("overloaded", 503, "too many handshakes wait, or for too long", { "Retry-After": "5" }),
  handshakeRow("shutting_down", 503, "the server is shutting down", { "Retry-After": "1" }),
]);

/** The row of a code. Every code has one: the tables and the unions are compared by a test. */
export function frameFailure(code: FrameFailureCode): FrameFailure {
  const row = FRAME_FAILURES.get(code);
  if (row === undefined) throw new TypeError(`no frame failure ${code}`);
  return row;
}

/** The row of a code, as {@link frameFailure}. */
export function handshakeFailure(code: HandshakeFailureCode): HandshakeFailure {
  const row = HANDSHAKE_FAILURES.get(code);
  if (row === undefined) throw new TypeError(`no handshake failure ${code}`);
  return row;
}
