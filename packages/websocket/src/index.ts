// A connection, from either end.

// Accepting.
export { type AcceptOptions, acceptUpgrade, checkUpgrade, refuseUpgrade } from "./accept.ts";
// Deadlines and budgets that a process shares.
export { ByteBudget, incompleteMessages } from "./byte-budget.ts";
// Dialling.
export { type ConnectOptions, connect } from "./connect.ts";
export { Connection } from "./connection.ts";
export type { ConnectionHandler } from "./connection-handler.ts";
export type { ConnectionOptions, Heartbeat } from "./connection-options.ts";
export { type Deadline, DeadlineWheel, deadlines } from "./deadline-wheel.ts";
// Failures.
export {
  FRAME_FAILURES,
  FrameFailure,
  type FrameFailureCode,
  HANDSHAKE_FAILURES,
  HandshakeFailure,
  type HandshakeFailureCode,
} from "./failures.ts";
export { type HandshakeAnswer, HandshakeError, type HandshakeErrorCode } from "./handshake-error.ts";
export { PendingUpgrade } from "./pending-upgrade.ts";
export { PreparedMessage } from "./prepared-message.ts";
export { type UpgradeRefusal, WebSocketServer, type WebSocketServerOptions } from "./websocket-server.ts";
