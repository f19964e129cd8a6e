import type { ClientDisconnectReason } from "@everwire/protocol";

export type ClientFailureCode =
  | "open_timeout"
  | "open_failed"
  | "open_refused"
  | "invalid_handshake"
  | "parse_error"
  | "message_too_large"
  | "unexpected_packet"
  | "ping_timeout"
  | "connection_lost"
  | "session_lost"
  | "request_failed"
  | "closed_by_server"
  | "disconnected_by_server"
  | "offline"
  | "page_hidden"
  | "transport_switch"
  | "closed_by_client"
  | "manager_closed"
  | "payload_too_large"
  | "buffer_full"
  | "unencodable"
  | "reserved_event"
  | "ack_timeout"
  | "ack_lost"
  | "connect_refused"
  | "not_connected"
  | "outbox_full"
  | "channel_closed"
  | "left"
  | "invalid_id"
  | "invalid_url";

/** One row of the table of failures; rows are frozen and compared by identity or by `code`. */
export class ClientFailure {
  readonly code: ClientFailureCode;
  readonly meaning: string;
  /** The reason a connected socket gives in its `disconnect` event. */
  readonly reason: ClientDisconnectReason;
  /** Whether trying the same again can help. */
  readonly retry: boolean;

  constructor(code: ClientFailureCode, meaning: string, reason: ClientDisconnectReason, retry: boolean) {
    this.code = code;
    this.meaning = meaning;
    this.reason = reason;
    this.retry = retry;
    Object.freeze(this);
  }
}

const rows: readonly (readonly [ClientFailureCode, string, ClientDisconnectReason, boolean])[] = [
  ["open_timeout", "the connection did not open in time", "transport error", true],
  ["open_failed", "the transport could not be opened", "transport error", true],
  ["open_refused", "the server refused the connection", "transport error", true],
  ["invalid_handshake", "the server's handshake is not valid", "parse error", true],
  ["parse_error", "the server sent something that is not a valid packet", "parse error", true],
  ["message_too_large", "the server sent more than maxMessageBytes at once", "parse error", true],
  ["unexpected_packet", "the server sent a packet that is not allowed now", "parse error", true],
  ["ping_timeout", "the server was silent for longer than its heartbeat allows", "ping timeout", true],
  ["connection_lost", "the connection was lost", "transport close", true],
  ["session_lost", "the server no longer has the session", "transport close", true],
  ["request_failed", "an HTTP request failed", "transport error", true],
  ["closed_by_server", "the server closed the connection", "transport close", true],
  ["disconnected_by_server", "the server disconnected the socket", "io server disconnect", false],
  ["offline", "the network went away", "transport close", true],
  ["page_hidden", "the page was left", "transport close", true],
  ["transport_switch", "the application asked for another transport", "transport switch", true],
  ["closed_by_client", "closed here", "io client disconnect", false],
  ["manager_closed", "the manager was closed here", "forced close", false],
  ["payload_too_large", "larger than the server's maxPayload", "transport error", false],
  ["buffer_full", "more than maxBufferedBytes are waiting to be sent", "transport error", true],
  ["unencodable", "the arguments cannot be encoded", "transport error", false],
  ["reserved_event", "this event name is reserved", "transport error", false],
  ["ack_timeout", "operation has timed out", "transport error", true],
  ["ack_lost", "socket has been disconnected", "transport close", true],
  ["connect_refused", "the namespace refused the connection", "transport error", false],
  ["not_connected", "the socket is not connected", "transport close", true],
  ["outbox_full", "too many publishes are waiting", "transport error", true],
  ["channel_closed", "the channel was closed", "io client disconnect", false],
  ["left", "the channel was left before it was entered", "io client disconnect", false],
  ["invalid_id", "a message id has 1 to 64 characters of A-Z a-z 0-9 _ -", "transport error", false],
  ["invalid_url", "not an address of a server", "transport error", false],
];

export const CLIENT_FAILURES: ReadonlyMap<ClientFailureCode, ClientFailure> = new Map(
  rows.map(([code, meaning, reason, retry]) => [code, new ClientFailure(code, meaning, reason, retry)]),
);

/** The row of a code. Every code has one; the table's test proves it. */
export function clientFailure(code: ClientFailureCode): ClientFailure {
  return CLIENT_FAILURES.get(code) ?? new ClientFailure(code, code, "transport error", true);
}

/** Second argument of a socket's `disconnect` event. */
export interface DisconnectDetails {
  readonly code: ClientFailureCode;
  /** For people. */
  readonly description: string;
}

export function disconnectDetails(code: ClientFailureCode, detail: string | undefined): DisconnectDetails {
  const { meaning } = clientFailure(code);
  return { code, description: detail === undefined ? meaning : `${meaning}: ${detail}` };
}

/** What goes wrong on this side of the connection, as an Error for listeners and rejected promises. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  readonly code: ClientFailureCode;
  readonly retry: boolean;
  /** Set by a namespace middleware that refused the connection. */
  readonly data: unknown;

  constructor(code: ClientFailureCode, detail?: { message?: string | undefined; data?: unknown; cause?: unknown }) {
    const failure = clientFailure(code);
    super(detail?.message ?? failure.meaning, detail?.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.retry = failure.retry;
    this.data = detail?.data;
  }
}

/** Why a channel refused: `code` is the server's or one of this package's, `retry` whether trying again can help. */
export class ChannelError extends Error {
  override readonly name: string = "ChannelError";
  readonly code: string;
  readonly retry: boolean;

  constructor(code: string, message: string, retry: boolean) {
    super(message);
    this.code = code;
    this.retry = retry;
  }

  static of(code: ClientFailureCode): ChannelError {
    const failure = clientFailure(code);
    return new ChannelError(code, failure.meaning, failure.retry);
  }
}
