// A connection, from either end

export { Connection } from "./connection/connection.ts";
export type { ConnectionHandler } from "./connection/connection-handler.ts";
export type { ConnectionOptions, Heartbeat } from "./connection/connection-options.ts";
export type { PerMessageDeflateOptions } from "./deflate/deflate-options.ts";
export { PreparedMessage, type PreparedMessageOptions } from "./frame/prepared-message.ts";

// A WebSocket with events, from either end

export { type CloseCodeDescription, describeCloseCode } from "./frame/close-code.ts";
export { type CloseInfo, ConnectionClosedError } from "./socket/connection-closed-error.ts";
export type {
  SocketCloseEvent,
  SocketErrorEvent,
  SocketEvent,
  SocketEventMap,
  SocketListener,
  SocketMessageEvent,
} from "./socket/event-listeners.ts";
export type { WebSocketEvents } from "./socket/event-target.ts";
export { JsonMessageError } from "./socket/json-message.ts";
export type { Message, ReceiveOptions } from "./socket/message-reader.ts";
export type { Payload, SendCallback, SendOptions } from "./socket/outgoing-message.ts";
export type { BinaryType, RawData } from "./socket/raw-data.ts";
export { WebSocket } from "./socket/websocket.ts";

// Accepting

export { type AcceptOptions, acceptUpgrade, checkUpgrade, refuseUpgrade } from "./handshake/accept.ts";
export { PendingUpgrade } from "./handshake/pending-upgrade.ts";
export { HttpUpgrade, type Upgrade, type UpgradeRefusal } from "./handshake/upgrade.ts";
export { type UpgradableServer, type UpgradeSource, upgradesOf } from "./handshake/upgrade-source.ts";
export type { WebSocketServerOptions } from "./socket/server-options.ts";
export type { ClientInfo, Verify, VerifyClient, VerifyDone } from "./socket/verification.ts";
export { type UpgradeCallback, WebSocketServer, type WebSocketServerEvents } from "./socket/websocket-server.ts";

// Dialling

export { connect } from "./handshake/connect.ts";
export type { ConnectOptions } from "./handshake/connect-options.ts";
export { type HandshakeAnswer, HandshakeError, type HandshakeErrorCode } from "./handshake/handshake-error.ts";
export type { WebSocketOptions } from "./socket/websocket-options.ts";

// Failures

export {
  FRAME_FAILURES,
  FrameFailure,
  type FrameFailureCode,
  HANDSHAKE_FAILURES,
  HandshakeFailure,
  type HandshakeFailureCode,
} from "./failures.ts";

// Deadlines and budgets that a process shares

export { type Deadline, DeadlineWheel, deadlines } from "./connection/deadline-wheel.ts";
export { DeflateBudget, deflateBudget } from "./deflate/deflate-budget.ts";
export { ByteBudget, incompleteMessages, outgoingMessages } from "./frame/byte-budget.ts";
