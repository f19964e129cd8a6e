// The server side of the library in one place. Clients import `@everwire/client`, which also runs in browsers.

// Keeping: where the messages of channels lie
export { type Appended, BrokerError, type Log, type LogPage, MemoryLog, type Retention } from "@everwire/broker";
export { openSqliteLog, type SqliteLog, type SqliteLogOptions } from "@everwire/broker-sqlite";

// Serving: sockets, rooms, channels
export {
  BroadcastOperator,
  type ChannelAction,
  ChannelService,
  type ChannelServiceOptions,
  type DefaultEventMap,
  type EventPacket,
  type Handshake,
  type Identity,
  type Middleware,
  Namespace,
  type Next,
  Server,
  ServerError,
  type ServerLogEntry,
  type ServerOptions,
  Socket,
  type Validation,
} from "@everwire/server";

// Admitting: for `allowRequest` and `origins`
export { AdmissionRefusal, type HandshakeDetails, type OriginPolicy, type TransportName } from "@everwire/transport";

// Plain WebSockets
export {
  type AcceptOptions,
  acceptUpgrade,
  Connection,
  type ConnectionHandler,
  type ConnectOptions,
  connect,
  HandshakeError,
  PreparedMessage,
  refuseUpgrade,
  WebSocket,
  WebSocketServer,
  type WebSocketServerOptions,
} from "@everwire/websocket";
