import type { IncomingMessage } from "node:http";
import type { Session } from "@everwire/transport";
import type { SessionView } from "./session-view.ts";

/** One client in all of its namespaces: `socket.client`. The id is that of the session, which is the client's secret. */
export interface ClientView {
  readonly id: string;
  readonly conn: SessionView;
  /** The request that opened the session. */
  readonly request: IncomingMessage;
}

/** What a socket may ask of the connection it lives on. Called only from within the process, never with peer data. */
export interface SocketLink {
  readonly session: Session;
  readonly view: SessionView;
  readonly client: ClientView;
  /** Sends DISCONNECT for one namespace and forgets its socket, which is told by whoever calls. */
  leave(namespace: string): void;
  /** Disconnects every socket of the connection, then closes the session. */
  closeAll(): void;
}
