// A connection, from either end

export { Connection } from "./connection.ts";
export type { ConnectionHandler } from "./connection-handler.ts";
export type { ConnectionOptions, Heartbeat } from "./connection-options.ts";
export type { PerMessageDeflateOptions } from "./deflate-options.ts";
export { PreparedMessage, type PreparedMessageOptions } from "./prepared-message.ts";

// A WebSocket with events, from either end

export { type CloseCodeDescription, describeCloseCode } from "./close-code.ts";
export { type CloseInfo, ConnectionClosedError } from "./connection-closed-error.ts";
export type {
  SocketCloseEvent,
  SocketErrorEvent,
  SocketEvent,
  SocketEventMap,
  SocketListener,
  SocketMessageEvent,
} from "./event-listeners.ts";
export type { WebSocketEvents } from "./event-target.ts";
export { JsonMessageError } from "./json-message.ts";
export type { Message, ReceiveOptions } from "./message-reader.ts";
export type { Payload, SendCallback, SendOptions } from "./outgoing-message.ts";
export type { BinaryType, RawData } from "./raw-data.ts";
export { WebSocket } from "./websocket.ts";

// Accepting

export { type AcceptOptions, acceptUpgrade, checkUpgrade, refuseUpgrade } from "./accept.ts";
export { PendingUpgrade } from "./pending-upgrade.ts";
export type { UpgradableServer, WebSocketServerOptions } from "./server-options.ts";
export type { UpgradeRefusal } from "./upgrade.ts";
export type { ClientInfo, Verify, VerifyClient, VerifyDone } from "./verification.ts";
export { type UpgradeCallback, WebSocketServer, type WebSocketServerEvents } from "./websocket-server.ts";

// Dialling

export { connect } from "./connect.ts";
export type { ConnectOptions } from "./connect-options.ts";
export { type HandshakeAnswer, HandshakeError, type HandshakeErrorCode } from "./handshake-error.ts";
export type { WebSocketOptions } from "./websocket-options.ts";

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

export { ByteBudget, incompleteMessages } from "./byte-budget.ts";
export { type Deadline, DeadlineWheel, deadlines } from "./deadline-wheel.ts";
export { DeflateBudget, deflateBudget } from "./deflate-budget.ts";
