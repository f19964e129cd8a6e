import { type Connection, deadlines } from "@everwire/websocket";

/** How long a client that has shown no life has to answer a close. */
const PATIENCE_MS = 500;

/** Closes a connection as `close` does, and soon, whatever the peer makes of it. */
export function closeHurriedly(connection: Connection, code?: number): void {
  connection.close(code);
  deadlines.set(PATIENCE_MS, () => connection.terminate());
}
