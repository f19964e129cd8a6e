import type { IncomingMessage } from "node:http";
import {
  type CloseReason,
  type EnginePacket,
  EnginePayloadReader,
  type EngineRevision,
  ProtocolFailure,
} from "@everwire/protocol";
import { OutgoingPacket, type SendOptions, type Session, type TransportName } from "@everwire/transport";
import { type Listener, ListenerMap } from "../event/listener-map.ts";
import { openingRequest } from "./opening-request.ts";

type SessionEvent = "upgrade" | "drain" | "close" | "packet" | "packetCreate" | "message" | "data";

/**
 * The session below a socket, as the application may see it: `socket.conn`.
 *
 * Shared by all the sockets of a session. Events: `upgrade` (transport) when another transport took over, `drain` when less
 * than 64 KiB wait again after that many did, `close` (reason, description); `packet` (packet) for each message of the
 * client and `packetCreate` (packet) for each message to it, of the form `{ type: "message", data }`; `message` or `data`
 * (data) for what each message of the client holds.
 */
export class SessionView {
  readonly #session: Session;
  readonly #listeners = new ListenerMap();
  readonly #failed: (error: unknown) => void;
  /** Made for the first who waits. */
  #waiting: (() => void)[] | undefined;
  #request: IncomingMessage | undefined;
  #upgraded = false;

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

  /** The request that opened the session: see the option `keepRequest`. */
  get request(): IncomingMessage {
    this.#request ??= openingRequest(this.#session.handshake);
    return this.#request;
  }

  /** Whether another transport has taken over from the first. */
  get upgraded(): boolean {
    return this.#upgraded;
  }

  get readyState(): Session["state"] {
    return this.#session.state;
  }

  /** Bytes that wait to be written, with the overhead of each packet. */
  get bufferedBytes(): number {
    return this.#session.bufferedBytes;
  }

  /** True from 256 KiB waiting until `drain`. */
  get backpressure(): boolean {
    return this.#session.backpressure;
  }

  /** Resolves when there is no backpressure, at the latest when the session is closed. */
  drained(): Promise<void> {
    if (!this.backpressure || this.readyState !== "open") return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  on(event: "upgrade", listener: (transport: { readonly name: TransportName }) => unknown): this;
  on(event: "packet" | "packetCreate", listener: (packet: EnginePacket) => unknown): this;
  on(event: "message" | "data", listener: (data: string | Uint8Array) => unknown): this;
  on(event: "drain", listener: () => unknown): this;
  on(event: "close", listener: (reason: string, description?: string) => unknown): this;
  on(event: string, listener: Listener): this {
    this.#listeners.on(event, listener);
    return this;
  }

  once(event: "upgrade", listener: (transport: { readonly name: TransportName }) => unknown): this;
  once(event: "packet" | "packetCreate", listener: (packet: EnginePacket) => unknown): this;
  once(event: "message" | "data", listener: (data: string | Uint8Array) => unknown): this;
  once(event: "drain", listener: () => unknown): this;
  once(event: "close", listener: (reason: string, description?: string) => unknown): this;
  once(event: string, listener: Listener): this {
    this.#listeners.once(event, listener);
    return this;
  }

  off(event: SessionEvent, listener?: Listener): this {
    this.#listeners.off(event, listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: SessionEvent, listener: Listener): this {
    return this.off(event, listener);
  }

  /** For the owner of the session: tells the application what happened to it. */
  notify(event: "upgrade" | "drain" | "close", args: readonly unknown[]): void {
    if (event === "upgrade") this.#upgraded = true;
    else for (const resolve of this.#waiting?.splice(0) ?? []) resolve();
    this.#listeners.emit(event, args, this.#failed);
  }

  /** Sends one message of the engine, which is not a packet of Socket.IO unless it has that form. */
  send(data: string | Uint8Array): this {
    this.deliver(typeof data === "string" ? OutgoingPacket.message(data) : OutgoingPacket.bytes([data]));
    return this;
  }

  /** The same as `send`. */
  write(data: string | Uint8Array): this {
    return this.send(data);
  }

  /** Ends the session, and so every socket of the client. */
  close(reason: CloseReason = "forced server close"): this {
    this.#session.close(reason);
    return this;
  }

  /** For the sockets of the session: queues a packet; false when it was dropped. */
  deliver(packet: OutgoingPacket, options?: SendOptions): boolean {
    if (this.#listeners.has("packetCreate")) this.#showCreated(packet);
    return this.#session.send(packet, options);
  }

  /** For the owner of the session: a message arrived. */
  received(data: string | Uint8Array): void {
    const packet: EnginePacket = { type: "message", data };
    if (this.#listeners.has("packet")) this.#listeners.emit("packet", [packet], this.#failed);
    if (this.#listeners.has("message")) this.#listeners.emit("message", [data], this.#failed);
    if (this.#listeners.has("data")) this.#listeners.emit("data", [data], this.#failed);
  }

  // A message and its attachments are one packet here and several on the wire, which is what listeners count.
  #showCreated(outgoing: OutgoingPacket): void {
    const reader = new EnginePayloadReader(outgoing.payload);
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
      if (packet instanceof ProtocolFailure) return;
      this.#listeners.emit("packetCreate", [packet], this.#failed);
    }
  }
}
