import type { ClientFailureCode } from "./failures.ts";

/** Each code, and what it means. */
export const TEXTS: Readonly<Record<ClientFailureCode, string>> = {
  open_timeout: "the connection did not open in time",
  open_failed: "the transport could not be opened",
  open_refused: "the server refused the connection",
  invalid_handshake: "the server's handshake is not valid",
  parse_error: "the server sent something that is not a valid packet",
  message_too_large: "the server sent more than maxMessageBytes at once",
  unexpected_packet: "the server sent a packet that is not allowed now",
  ping_timeout: "the server was silent for longer than its heartbeat allows",
  connection_lost: "the connection was lost",
  session_lost: "the server no longer has the session",
  request_failed: "an HTTP request failed",
  closed_by_server: "the server closed the connection",
  disconnected_by_server: "the server disconnected the socket",
  offline: "the network went away",
  page_hidden: "the page was left",
  transport_switch: "the application asked for another transport",
  closed_by_client: "closed here",
  manager_closed: "the manager was closed here",
  payload_too_large: "larger than the server's maxPayload",
  buffer_full: "more than maxBufferedBytes are waiting to be sent",
  unencodable: "the arguments cannot be encoded",
  reserved_event: "this event name is reserved",
  ack_timeout: "operation has timed out",
  ack_lost: "socket has been disconnected",
  connect_refused: "the namespace refused the connection",
  not_connected: "the socket is not connected",
  outbox_full: "too many publishes are waiting",
  channel_closed: "the channel was closed",
  left: "the channel was left before it was entered",
  invalid_id: "a message id has 1 to 64 characters of A-Z a-z 0-9 _ -",
  invalid_url: "not an address of a server",
  old_server: "the server speaks the protocol of Socket.IO 2, which this client does not",
  channels_missing: "import @everwire/client/channels to use channels",
};

/** What a failure means, for people. A build that is short of room has the codes alone. */
export function textOf(code: ClientFailureCode): string {
  return TEXTS[code];
}
