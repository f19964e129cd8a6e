// A connection, from either end

export { Connection } from "./connection.ts";
export type { ConnectionHandler } from "./connection-handler.ts";
export type { ConnectionOptions, Heartbeat } from "./connection-options.ts";
export { PreparedMessage } from "./prepared-message.ts";

// Accepting

export { type AcceptOptions, acceptUpgrade, checkUpgrade, refuseUpgrade } from "./accept.ts";
export { PendingUpgrade } from "./pending-upgrade.ts";
export { type UpgradeRefusal, WebSocketServer, type WebSocketServerOptions } from "./websocket-server.ts";

// Dialling

export { type ConnectOptions, connect } from "./connect.ts";
export { type HandshakeAnswer, HandshakeError, type HandshakeErrorCode } from "./handshake-error.ts";

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
