// Server, namespaces, sockets

export type { Handshake } from "./handshake.ts";
export type { Middleware, Next } from "./middleware.ts";
export { Namespace } from "./namespace.ts";
export { Server } from "./server.ts";
export type { HandlerFailure, ServerLogEntry, ServerOptions } from "./server-options.ts";
export type { SessionView } from "./session-view.ts";
export { type EventHandler, type EventPacket, Socket, type SocketLifecycle, type SocketNamespace } from "./socket.ts";

// Emitting

export { BroadcastOperator } from "./broadcast.ts";
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
