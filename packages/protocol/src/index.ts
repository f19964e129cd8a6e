// Failures

export * as protocolFailures from "./failure-rows.ts";
export { PROTOCOL_FAILURES } from "./failure-table.ts";
export type { FailureEffect, ProtocolFailureCode } from "./failures.ts";
export { ProtocolFailure } from "./failures.ts";

// Engine.IO: packets, payloads, handshake

export { decodeBase64, encodeBase64 } from "./base64.ts";
export type { EngineHandshake } from "./engine-handshake.ts";
export { decodeEngineHandshake, encodeEngineHandshake } from "./engine-handshake.ts";
export type { EnginePacket, EnginePacketType } from "./engine-packet.ts";
export { decodeEnginePacket, encodeEnginePacket } from "./engine-packet.ts";
export type { EnginePayloadLimits, PayloadReader } from "./engine-payload.ts";
export { EnginePayloadReader, encodeEnginePayload, encodePayloadPacket } from "./engine-payload.ts";

// Engine.IO 3

export type { EngineRevision } from "./engine-revision.ts";
export { decodeRevision3Packet, encodeRevision3Packet, encodeRevision3Text } from "./revision-3-packet.ts";
export {
  encodeRevision3BinaryPayload,
  encodeRevision3TextPayload,
  Revision3PayloadReader,
} from "./revision-3-payload.ts";

// Socket.IO: packets

export { RESERVED_EVENTS } from "./event-name.ts";
export { isNamespace } from "./namespace.ts";
export type { DecoderLimits } from "./socket-decoder.ts";
export { DEFAULT_DECODER_LIMITS, SocketPacketDecoder, SocketPacketReader } from "./socket-decoder.ts";
export type { EncodedSocketPacket, EncoderLimits } from "./socket-encoder.ts";
export { encodeRevision3Refusal, encodeSocketPacket } from "./socket-encoder.ts";
export type {
  AckPacket,
  ConnectErrorPacket,
  ConnectPacket,
  DisconnectPacket,
  EventPacket,
  EventPayload,
  SocketPacket,
} from "./socket-packet.ts";
export type { SocketRole } from "./socket-payload.ts";

// Why connections end

export type { ClientDisconnectReason, CloseReason } from "./close-reason.ts";
export { CLIENT_DISCONNECT_REASONS, CLOSE_REASONS } from "./close-reason.ts";

// Typed events

export type {
  AckValue,
  BroadcastEventMap,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventListener,
  EventMap,
  EventNames,
  EventNamesWithAck,
  TimeoutEventMap,
} from "./event-map.ts";

// Channels

export type { ChannelClientEvents, ChannelServerEvents } from "./channel-events.ts";
export type {
  ChannelError,
  ChannelRecord,
  ChannelRequest,
  DataRequest,
  Done,
  DoneResponse,
  FreshStartReason,
  HistoryPage,
  HistoryRequest,
  HistoryResponse,
  Member,
  PresenceChange,
  PresenceEvent,
  Published,
  PublishRequest,
  PublishResponse,
  RecordEvent,
  Refusal,
  SignalEvent,
  Subscribed,
  SubscribeRequest,
  SubscribeResponse,
} from "./channel-message.ts";
export { isChannelName, isMessageId } from "./channel-name.ts";
export type { ChannelPosition } from "./channel-position.ts";
export { formatChannelPosition, parseChannelPosition } from "./channel-position.ts";
export {
  DEFAULT_HISTORY_LIMIT,
  decodeEnter,
  decodeHistory,
  decodeLeave,
  decodePublish,
  decodeSignal,
  decodeSubscribe,
  decodeUnsubscribe,
  MAX_DATA_DEPTH,
  MAX_HISTORY_LIMIT,
} from "./channel-request.ts";
export {
  decodeDoneResponse,
  decodeHistoryResponse,
  decodePresenceEvent,
  decodePublishResponse,
  decodeRecordEvent,
  decodeSignalEvent,
  decodeSubscribeResponse,
  refusalOf,
} from "./channel-response.ts";
