// Server, namespaces, sockets

/** The map of untyped events, also by the name that Socket.IO exports. */
export type { DefaultEventMap, DefaultEventMap as DefaultEventsMap } from "@everwire/protocol";
export type { Expiry, Renewal } from "./authentication/credentials.ts";
export { RoomAdapter, type RoomEvents } from "./broadcast/room-adapter.ts";
export type { ContractOptions } from "./contract/contract-binding.ts";
export type { RefusedEvent } from "./contract/event-inlet.ts";
export type { ConnectionError, ConnectionErrorContext } from "./engine/connection-error.ts";
export { type AnswerHeaders, Engine, type EngineHandler } from "./engine/engine.ts";
export type { Handshake } from "./engine/handshake.ts";
export type { SessionView } from "./engine/session-view.ts";
export type { ClientView } from "./engine/socket-link.ts";
export type { EventHandler } from "./event/event-face.ts";
export type { Middleware, Next } from "./event/middleware.ts";
export type { DefaultSocketData } from "./event/socket-data.ts";
export type { Rate, RateCounters, RateLimits } from "./limits/rate-limits.ts";
export { Namespace, type NamespacePlace, type NamespaceServer } from "./namespace/namespace.ts";
export type { NamespaceFilter } from "./namespace/namespace-table.ts";
export { ParentNamespace } from "./namespace/parent-namespace.ts";
export type { EncodedPacket } from "./packet/packet-codec.ts";
export type { Parser, ParserPacket } from "./packet/parser-codec.ts";
export type { Addressees } from "./recovery/addressees.ts";
export type { RecoveryOptions } from "./recovery/recovery-options.ts";
export type { ParkedSocket, RecoveryStore, SentEvent } from "./recovery/recovery-store.ts";
export type { RoomHistory } from "./recovery/room-history.ts";
export type { HandlerFailure, ServerLogEntry, ServerOptions } from "./runtime/server-options.ts";
export type { SocketIoCors, SocketIoOptions } from "./runtime/socket-io-options.ts";
export type { DrainOptions } from "./server/drain.ts";
export { Server } from "./server/server.ts";
export type { AnyListener, SocketLifecycle } from "./socket/listening-socket.ts";
export { type EventPacket, Socket, type SocketNamespace } from "./socket/socket.ts";

// Emitting

export { BroadcastOperator } from "./broadcast/broadcast.ts";
export { RemoteEmitter, RemoteSocket } from "./broadcast/remote-socket.ts";
export { SocketEmitter } from "./broadcast/socket-emitter.ts";

// Channels

export type { ChannelSocket } from "./channel/channel-actor.ts";
export type { ChannelAction, ChannelServiceOptions, Identity, Validation } from "./channel/channel-options.ts";
export { type ChannelHost, ChannelService } from "./channel/channel-service.ts";

// Failures

export {
  type FailureAudience,
  SERVER_FAILURES,
  ServerError,
  type ServerFailureCode,
  type ServerFailureRow,
} from "./failures.ts";
