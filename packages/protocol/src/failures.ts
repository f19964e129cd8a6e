/** Public and never reused. `docs/protocol/events.md` and `docs/protocol/channels.md` say where each one arises. */
export type ProtocolFailureCode =
  | "unknown_engine_packet"
  | "empty_engine_packet"
  | "invalid_base64"
  | "invalid_payload_length"
  | "invalid_utf8"
  | "too_many_packets"
  | "packet_too_large"
  | "invalid_handshake"
  | "invalid_socket_packet"
  | "unknown_socket_packet"
  | "invalid_namespace"
  | "invalid_ack_id"
  | "invalid_json"
  | "too_deep"
  | "invalid_payload"
  | "reserved_event"
  | "invalid_event_name"
  | "invalid_attachment_count"
  | "too_many_attachments"
  | "attachments_too_large"
  | "unexpected_binary"
  | "unexpected_text"
  | "invalid_placeholder"
  | "attachments_timed_out"
  | "unencodable"
  | "invalid_request"
  | "invalid_channel"
  | "invalid_position"
  | "invalid_limit"
  | "invalid_message_id"
  | "invalid_data"
  | "invalid_response"
  | "record_too_large"
  | "forbidden"
  | "not_subscribed"
  | "too_many_channels"
  | "too_many_members"
  | "superseded"
  | "rate_limited"
  | "overloaded"
  | "unavailable"
  | "log_failed"
  | "service_closed"
  | "validator_failed"
  | "internal";

/**
 * What follows from a failure. `close`: the session that received the packet ends; a server gives the reason "parse error"
 * for an Engine.IO packet and "forced close" for a Socket.IO packet, a client gives "parse error" for both. `refuse`: the
 * one call or emit is refused and the session goes on.
 */
export type FailureEffect = "close" | "refuse";

/** One row of the table. A decoder returns it instead of a value; it carries no peer text and is never thrown by one. */
export class ProtocolFailure {
  readonly code: ProtocolFailureCode;
  readonly meaning: string;
  readonly effect: FailureEffect;
  /** True when the same call can succeed later without being changed. */
  readonly retry: boolean;

  constructor(code: ProtocolFailureCode, meaning: string, effect: FailureEffect, retry: boolean) {
    this.code = code;
    this.meaning = meaning;
    this.effect = effect;
    this.retry = retry;
    Object.freeze(this);
  }
}

const closes = (code: ProtocolFailureCode, meaning: string): ProtocolFailure =>
  new ProtocolFailure(code, meaning, "close", false);

const refuses = (code: ProtocolFailureCode, meaning: string, retry = false): ProtocolFailure =>
  new ProtocolFailure(code, meaning, "refuse", retry);

/** The table by name, for the code of this package: the name of a row is its code. */
export const failures: Readonly<Record<ProtocolFailureCode, ProtocolFailure>> = Object.freeze({
  // Engine.IO
  unknown_engine_packet: closes("unknown_engine_packet", "the first character is no Engine.IO packet type"),
  empty_engine_packet: closes("empty_engine_packet", "a packet has no type because it is empty"),
  invalid_base64: closes("invalid_base64", "a binary packet of a payload is not canonical base64"),
  invalid_payload_length: closes(
    "invalid_payload_length",
    "a packet of a revision 3 payload has no length, or one that the payload does not hold",
  ),
  invalid_utf8: closes("invalid_utf8", "a text packet of a binary payload is not UTF-8"),
  too_many_packets: closes("too_many_packets", "a payload holds more packets than this side takes"),
  packet_too_large: closes("packet_too_large", "a packet is longer than the maxPayload of the handshake"),
  invalid_handshake: closes("invalid_handshake", "the open packet does not hold a usable handshake"),

  // Socket.IO
  invalid_socket_packet: closes(
    "invalid_socket_packet",
    "the packet is empty, incomplete or not for this side to send",
  ),
  unknown_socket_packet: closes("unknown_socket_packet", "the first character is no Socket.IO packet type"),
  invalid_namespace: closes("invalid_namespace", "the namespace is too long or holds characters it may not hold"),
  invalid_ack_id: closes("invalid_ack_id", "the acknowledgement id is missing or not a safe decimal integer"),
  invalid_json: closes("invalid_json", "the payload is not JSON"),
  too_deep: closes("too_deep", "the payload nests deeper than this side takes, or for ever"),
  invalid_payload: closes("invalid_payload", "the payload does not have the shape of this packet type"),
  reserved_event: closes("reserved_event", "the event name is reserved for the library"),
  invalid_event_name: closes("invalid_event_name", "the event name is too long or neither a string nor a number"),
  invalid_attachment_count: closes(
    "invalid_attachment_count",
    "the attachment count is not a positive decimal integer",
  ),
  too_many_attachments: closes("too_many_attachments", "the packet announces more attachments than this side takes"),
  attachments_too_large: closes("attachments_too_large", "the attachments of one packet are too large together"),
  unexpected_binary: closes("unexpected_binary", "a binary message came without a packet that announced it"),
  unexpected_text: closes("unexpected_text", "a text message came while attachments were missing"),
  invalid_placeholder: closes("invalid_placeholder", "placeholders and attachments do not match one to one"),
  attachments_timed_out: closes("attachments_timed_out", "the announced attachments did not come in time"),
  unencodable: refuses("unencodable", "the value cannot be written as JSON"),

  // Channels
  invalid_request: refuses("invalid_request", "the request is not an object with the fields of this call"),
  invalid_channel: refuses("invalid_channel", "the channel name is not 1 to 128 characters without control characters"),
  invalid_position: refuses(
    "invalid_position",
    "the position is not epoch:offset, or the offset is not a safe integer",
  ),
  invalid_limit: refuses("invalid_limit", "the limit is not an integer of at least 1"),
  invalid_message_id: refuses("invalid_message_id", "the message id is not 1 to 64 characters of A-Z a-z 0-9 _ -"),
  invalid_data: refuses("invalid_data", "the data nests too deep or is not JSON"),
  invalid_response: refuses("invalid_response", "the server's answer does not have the shape of this call"),
  record_too_large: refuses("record_too_large", "the record is larger than the channel takes"),
  forbidden: refuses("forbidden", "the channel does not exist for this client, or the action is not allowed"),
  not_subscribed: refuses("not_subscribed", "the action needs a subscription to the channel"),
  too_many_channels: refuses("too_many_channels", "this connection is subscribed to as many channels as it may be"),
  too_many_members: refuses("too_many_members", "the channel has as many members as it may have", true),
  superseded: refuses("superseded", "a later call on the same channel took the place of this one"),
  rate_limited: refuses("rate_limited", "too many calls at once or in too short a time", true),
  overloaded: refuses("overloaded", "the channel moves faster than this subscribe can read it", true),
  unavailable: refuses("unavailable", "the log cannot answer now", true),
  log_failed: refuses("log_failed", "the log cannot do this, now or later"),
  service_closed: refuses("service_closed", "the channel service is closed", true),
  // Terminal: the same record would fail again, and hold up every publish behind it.
  validator_failed: refuses("validator_failed", "the application failed to judge the record"),
  internal: refuses("internal", "the application failed to answer", true),
});

/** Every row by its code. */
export const PROTOCOL_FAILURES: ReadonlyMap<ProtocolFailureCode, ProtocolFailure> = new Map(
  Object.values(failures).map((failure): [ProtocolFailureCode, ProtocolFailure] => [failure.code, failure]),
);
