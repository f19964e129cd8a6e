import type { ClientDisconnectReason } from "@everwire/protocol";
import { textOf } from "./failure-texts.ts";

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
  | "invalid_url"
  | "old_server"
  | "channels_missing";

/** One row of the table of failures; rows are frozen and compared by identity or by `code`. */
export class ClientFailure {
  readonly code: ClientFailureCode;
  /** The reason a connected socket gives in its `disconnect` event. */
  readonly reason: ClientDisconnectReason;
  /** Whether trying the same again can help. */
  readonly retry: boolean;

  constructor(code: ClientFailureCode, reason: ClientDisconnectReason, retry: boolean) {
    this.code = code;
    this.reason = reason;
    this.retry = retry;
    Object.freeze(this);
  }

  /** For people. */
  get meaning(): string {
    return textOf(this.code);
  }
}

/** Codes by their reason, and by whether trying the same again can help. Others: "transport error", and it can. */
const rows: readonly (readonly [ClientDisconnectReason, boolean, readonly ClientFailureCode[]])[] = [
  ["parse error", true, ["invalid_handshake", "parse_error", "message_too_large", "unexpected_packet"]],
  ["ping timeout", true, ["ping_timeout"]],
  [
    "transport close",
    true,
    ["connection_lost", "session_lost", "closed_by_server", "offline", "page_hidden", "ack_lost", "not_connected"],
  ],
  ["io server disconnect", false, ["disconnected_by_server"]],
  ["transport switch", true, ["transport_switch"]],
  ["io client disconnect", false, ["closed_by_client", "channel_closed", "left"]],
  ["forced close", false, ["manager_closed"]],
  [
    "transport error",
    false,
    [
      "payload_too_large",
      "unencodable",
      "reserved_event",
      "connect_refused",
      "invalid_id",
      "invalid_url",
      "old_server",
      "channels_missing",
    ],
  ],
];

const known: Map<ClientFailureCode, ClientFailure> = new Map(
  rows.flatMap(([reason, retry, codes]) => codes.map((code) => [code, new ClientFailure(code, reason, retry)])),
);

/** The row of a code: always the same one. */
export function clientFailure(code: ClientFailureCode): ClientFailure {
  const failure = known.get(code) ?? new ClientFailure(code, "transport error", true);
  known.set(code, failure);
  return failure;
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
