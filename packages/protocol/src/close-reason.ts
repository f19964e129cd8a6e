/** Why a socket of the server ended, in the exact words Socket.IO servers use. */
export type CloseReason =
  | "client namespace disconnect"
  | "server namespace disconnect"
  | "transport close"
  | "transport error"
  | "parse error"
  | "ping timeout"
  | "forced close"
  | "forced server close"
  | "server shutting down";

/** Every reason of the server with its cause. */
export const CLOSE_REASONS: ReadonlyMap<CloseReason, string> = new Map([
  ["client namespace disconnect", "the client left the namespace"],
  ["server namespace disconnect", "the application disconnected the socket from the namespace"],
  ["transport close", "the client closed the connection, or the network did"],
  ["transport error", "the transport broke its own rules or failed"],
  ["parse error", "an Engine.IO packet could not be read"],
  ["ping timeout", "the client did not answer a ping in time"],
  ["forced close", "a packet could be read but was not allowed at this moment"],
  ["forced server close", "no namespace was joined in time, or the application closed the connection"],
  ["server shutting down", "the server is closing"],
]);

/** Why a socket of the client ended: Socket.IO's words, and one of our own for a transport changed on request. */
export type ClientDisconnectReason =
  | "io server disconnect"
  | "io client disconnect"
  | "ping timeout"
  | "transport close"
  | "transport error"
  | "parse error"
  | "forced close"
  | "transport switch";

/** Every reason of the client, and whether the client reconnects by itself after it. */
export const CLIENT_DISCONNECT_REASONS: ReadonlyMap<
  ClientDisconnectReason,
  { readonly meaning: string; readonly reconnects: boolean }
> = new Map([
  ["io server disconnect", { meaning: "the server disconnected the socket", reconnects: false }],
  ["io client disconnect", { meaning: "the application disconnected the socket", reconnects: false }],
  ["ping timeout", { meaning: "no ping came from the server in time", reconnects: true }],
  ["transport close", { meaning: "the server closed the connection, or the network did", reconnects: true }],
  ["transport error", { meaning: "the transport failed", reconnects: true }],
  ["parse error", { meaning: "a packet of the server could not be read", reconnects: true }],
  ["forced close", { meaning: "the application closed the manager", reconnects: false }],
  ["transport switch", { meaning: "the application asked for another transport", reconnects: true }],
]);
