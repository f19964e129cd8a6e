import { textOf } from "./failure-texts.ts";

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
  readonly effect: FailureEffect;
  /** True when the same call can succeed later without being changed. */
  readonly retry: boolean;

  constructor(code: ProtocolFailureCode, effect: FailureEffect, retry: boolean) {
    this.code = code;
    this.effect = effect;
    this.retry = retry;
    Object.freeze(this);
  }

  /** For people. */
  get meaning(): string {
    return textOf(this.code);
  }
}
