// Server, namespaces, sockets

export type { Expiry, Renewal } from "./authentication/credentials.ts";
export type { ConnectionError, ConnectionErrorContext } from "./connection-error.ts";
export type { ContractOptions } from "./contract/contract-binding.ts";
export type { RefusedEvent } from "./contract/event-inlet.ts";
export type { DrainOptions } from "./drain.ts";
export { type AnswerHeaders, Engine, type EngineHandler } from "./engine.ts";
export type { EventHandler } from "./event-face.ts";
export type { Handshake } from "./handshake.ts";
export type { Rate, RateCounters, RateLimits } from "./limits/rate-limits.ts";
export type { AnyListener, SocketLifecycle } from "./listening-socket.ts";
export type { Middleware, Next } from "./middleware.ts";
export { Namespace, type NamespacePlace, type NamespaceServer } from "./namespace.ts";
export type { NamespaceFilter } from "./namespace-table.ts";
export type { EncodedPacket } from "./packet-codec.ts";
export { ParentNamespace } from "./parent-namespace.ts";
export type { Parser, ParserPacket } from "./parser-codec.ts";
export type { RecoveryOptions } from "./recovery/recovery-options.ts";
export type { Addressees, ParkedSocket, RecoveryStore, SentEvent } from "./recovery/recovery-store.ts";
export type { RoomHistory } from "./recovery/room-history.ts";
export { RoomAdapter, type RoomEvents } from "./room-adapter.ts";
export { Server } from "./server.ts";
export type { HandlerFailure, ServerLogEntry, ServerOptions } from "./server-options.ts";
export type { SessionView } from "./session-view.ts";
export { type EventPacket, Socket, type SocketNamespace } from "./socket.ts";
export type { SocketIoCors, SocketIoOptions } from "./socket-io-options.ts";
export type { ClientView } from "./socket-link.ts";

// Emitting

export { BroadcastOperator } from "./broadcast.ts";
export { RemoteEmitter, RemoteSocket } from "./remote-socket.ts";
export { SocketEmitter } from "./socket-emitter.ts";

// Channels

export type { ChannelSocket } from "./channel-actor.ts";
export type { ChannelAction, ChannelServiceOptions, Identity, Validation } from "./channel-options.ts";
export { type ChannelHost, ChannelService } from "./channel-service.ts";

// Failures

export {
  type FailureAudience,
  SERVER_FAILURES,
  ServerError,
  type ServerFailureCode,
  type ServerFailureRow,
} from "./failures.ts";
