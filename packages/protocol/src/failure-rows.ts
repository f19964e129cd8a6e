import { ProtocolFailure, type ProtocolFailureCode } from "./failures.ts";

// The table by name, for the code of this package: the name of a row is its code, and who imports some of them leaves the
// others out of a bundle.

const closes = (code: ProtocolFailureCode): ProtocolFailure => new ProtocolFailure(code, "close", false);

const refuses = (code: ProtocolFailureCode, retry = false): ProtocolFailure =>
  new ProtocolFailure(code, "refuse", retry);

// Engine.IO

export const unknown_engine_packet: ProtocolFailure = /* @__PURE__ */ closes("unknown_engine_packet");
export const empty_engine_packet: ProtocolFailure = /* @__PURE__ */ closes("empty_engine_packet");
export const invalid_base64: ProtocolFailure = /* @__PURE__ */ closes("invalid_base64");
export const invalid_payload_length: ProtocolFailure = /* @__PURE__ */ closes("invalid_payload_length");
export const invalid_utf8: ProtocolFailure = /* @__PURE__ */ closes("invalid_utf8");
export const too_many_packets: ProtocolFailure = /* @__PURE__ */ closes("too_many_packets");
export const packet_too_large: ProtocolFailure = /* @__PURE__ */ closes("packet_too_large");
export const invalid_handshake: ProtocolFailure = /* @__PURE__ */ closes("invalid_handshake");

// Socket.IO

export const invalid_socket_packet: ProtocolFailure = /* @__PURE__ */ closes("invalid_socket_packet");
export const unknown_socket_packet: ProtocolFailure = /* @__PURE__ */ closes("unknown_socket_packet");
export const invalid_namespace: ProtocolFailure = /* @__PURE__ */ closes("invalid_namespace");
export const invalid_ack_id: ProtocolFailure = /* @__PURE__ */ closes("invalid_ack_id");
export const invalid_json: ProtocolFailure = /* @__PURE__ */ closes("invalid_json");
export const too_deep: ProtocolFailure = /* @__PURE__ */ closes("too_deep");
export const invalid_payload: ProtocolFailure = /* @__PURE__ */ closes("invalid_payload");
export const reserved_event: ProtocolFailure = /* @__PURE__ */ closes("reserved_event");
export const invalid_event_name: ProtocolFailure = /* @__PURE__ */ closes("invalid_event_name");
export const invalid_attachment_count: ProtocolFailure = /* @__PURE__ */ closes("invalid_attachment_count");
export const too_many_attachments: ProtocolFailure = /* @__PURE__ */ closes("too_many_attachments");
export const attachments_too_large: ProtocolFailure = /* @__PURE__ */ closes("attachments_too_large");
export const unexpected_binary: ProtocolFailure = /* @__PURE__ */ closes("unexpected_binary");
export const unexpected_text: ProtocolFailure = /* @__PURE__ */ closes("unexpected_text");
export const invalid_placeholder: ProtocolFailure = /* @__PURE__ */ closes("invalid_placeholder");
export const attachments_timed_out: ProtocolFailure = /* @__PURE__ */ closes("attachments_timed_out");
export const unencodable: ProtocolFailure = /* @__PURE__ */ refuses("unencodable");

// Channels

export const invalid_request: ProtocolFailure = /* @__PURE__ */ refuses("invalid_request");
export const invalid_channel: ProtocolFailure = /* @__PURE__ */ refuses("invalid_channel");
export const invalid_position: ProtocolFailure = /* @__PURE__ */ refuses("invalid_position");
export const invalid_limit: ProtocolFailure = /* @__PURE__ */ refuses("invalid_limit");
export const invalid_message_id: ProtocolFailure = /* @__PURE__ */ refuses("invalid_message_id");
export const invalid_data: ProtocolFailure = /* @__PURE__ */ refuses("invalid_data");
export const invalid_response: ProtocolFailure = /* @__PURE__ */ refuses("invalid_response");
export const record_too_large: ProtocolFailure = /* @__PURE__ */ refuses("record_too_large");
export const forbidden: ProtocolFailure = /* @__PURE__ */ refuses("forbidden");
export const not_subscribed: ProtocolFailure = /* @__PURE__ */ refuses("not_subscribed");
export const too_many_channels: ProtocolFailure = /* @__PURE__ */ refuses("too_many_channels");
export const too_many_members: ProtocolFailure = /* @__PURE__ */ refuses("too_many_members", true);
export const superseded: ProtocolFailure = /* @__PURE__ */ refuses("superseded");
export const rate_limited: ProtocolFailure = /* @__PURE__ */ refuses("rate_limited", true);
export const overloaded: ProtocolFailure = /* @__PURE__ */ refuses("overloaded", true);
export const unavailable: ProtocolFailure = /* @__PURE__ */ refuses("unavailable", true);
export const log_failed: ProtocolFailure = /* @__PURE__ */ refuses("log_failed");
export const service_closed: ProtocolFailure = /* @__PURE__ */ refuses("service_closed", true);
// Terminal: the same record would fail again, and hold up every publish behind it.
export const validator_failed: ProtocolFailure = /* @__PURE__ */ refuses("validator_failed");
export const internal: ProtocolFailure = /* @__PURE__ */ refuses("internal", true);
