import type { EngineRevision } from "@everwire/protocol";
import type { Session, TransportName } from "@everwire/transport";
import { type Listener, ListenerMap } from "./listener-map.ts";

/**
 * The session below a socket, as the application may see it: `socket.conn`.
 *
 * Shared by all the sockets of a session. Events: `upgrade` (transport) when another transport took over, `drain` when the
 * send queue became empty, `close` (reason, description).
 */
export class SessionView {
  readonly #session: Session;
  readonly #listeners = new ListenerMap();
  readonly #failed: (error: unknown) => void;

  constructor(session: Session, failed: (error: unknown) => void) {
    this.#session = session;
    this.#failed = failed;
  }

  get id(): string {
    return this.#session.id;
  }

  /** The revision of Engine.IO that the client speaks: 4, or 3 for clients of Socket.IO 1.x and 2.x. */
  get protocol(): EngineRevision {
    return this.#session.revision;
  }

  get transport(): { readonly name: TransportName } {
    return { name: this.#session.transport };
  }

  get remoteAddress(): string {
    return this.#session.handshake.address;
  }

  get readyState(): Session["state"] {
    return this.#session.state;
  }

  /** Bytes that wait to be written. */
  get bufferedBytes(): number {
    return this.#session.bufferedBytes;
  }

  on(event: "upgrade", listener: (transport: { readonly name: TransportName }) => unknown): this;
  on(event: "drain", listener: () => unknown): this;
  on(event: "close", listener: (reason: string, description?: string) => unknown): this;
  on(event: string, listener: Listener): this {
    this.#listeners.on(event, listener);
    return this;
  }

  once(event: "upgrade", listener: (transport: { readonly name: TransportName }) => unknown): this;
  once(event: "drain", listener: () => unknown): this;
  once(event: "close", listener: (reason: string, description?: string) => unknown): this;
  once(event: string, listener: Listener): this {
    this.#listeners.once(event, listener);
    return this;
  }

  off(event: "upgrade" | "drain" | "close", listener?: Listener): this {
    this.#listeners.off(event, listener);
    return this;
  }

  /** For the owner of the session: tells the application what happened to it. */
  notify(event: "upgrade" | "drain" | "close", args: readonly unknown[]): void {
    this.#listeners.emit(event, args, this.#failed);
  }
}
