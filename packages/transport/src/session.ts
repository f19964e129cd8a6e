import type { CloseReason, EnginePacket, EngineRevision } from "@everwire/protocol";
import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { BacklogWatch } from "./backlog-watch.ts";
import { type FailureReason, failure } from "./failures.ts";
import type { HandshakeDetails } from "./handshake-details.ts";
import type { ResolvedListenerOptions } from "./listener-options.ts";
import { type OutgoingPacket, PING, PONG } from "./outgoing-packet.ts";
import { CONGESTION_BYTES, SendQueue } from "./send-queue.ts";
import { DETACHED, type Ending, type Transport, type TransportName, type TransportSink } from "./transport.ts";

/** `closing`: the handler has been told, what was queued is still being delivered. */
export type SessionState = "open" | "closing" | "closed";

export interface SendOptions {
  /** Drop the packet rather than queue it behind 64 KiB of others. */
  readonly volatile?: boolean;
}

/** One client, whatever transport carries it at the moment. */
export interface Session {
  /** 20 characters of [A-Za-z0-9_-], 120 random bits. */
  readonly id: string;
  readonly transport: TransportName;
  /** The revision of Engine.IO that the client speaks. */
  readonly revision: EngineRevision;
  readonly handshake: HandshakeDetails;
  readonly state: SessionState;
  /** True when a volatile packet would be sent and not dropped. */
  readonly writable: boolean;
  /** Bytes queued or given to the transport that have not left the process, with the overhead of each packet. */
  readonly bufferedBytes: number;
  /**
   * Queues a packet; packets leave in this order. False: dropped, because it was volatile and the session congested, or
   * because the session is not open. From `sendQueueLimit` waiting bytes on the client has to keep reading, or the session
   * is closed; a packet that finds four times as many closes it at once.
   */
  send(packet: OutgoingPacket, options?: SendOptions): boolean;
  /** Closes; the handler hears it within this call, packets already queued are still delivered. Later calls do nothing. */
  close(reason: CloseReason): void;
}

/** The application's side of a session. What it throws closes this session and nothing else. */
export interface SessionHandler {
  /** A message; binary data is a Buffer that now belongs to the handler. Never after `close`. */
  message(data: string | Buffer): void;
  /** Exactly once, and last. */
  close(reason: CloseReason, detail?: string): void;
  upgrade?(transport: TransportName): void;
  /** The session is no longer congested. */
  drain?(): void;
}

/** What a session needs to know of the listener that owns it. */
export interface SessionOwner {
  readonly options: Pick<ResolvedListenerOptions, "pingInterval" | "pingTimeout" | "sendQueueLimit">;
  readonly wheel: DeadlineWheel;
  /** Something was refused; `error` is what the application threw, if it did. */
  refused(why: FailureReason, session: EngineSession, error?: unknown): void;
  /** The session is closed and its transport has let go of everything. */
  gone(session: EngineSession): void;
}

/** Something that must end when the session does: an upgrade in progress. */
export interface Upgrading {
  /**
   * The session has ended; the queue is what it has still to say. True: the upgrade sees to it, on the transport that the
   * client will listen to, and calls `gone`. False: the former transport has to.
   */
  abandon(queue: SendQueue, how: Ending): boolean;
}

/** The session's state machine: packets in, packets out, heartbeat and close. It knows transports, not sockets. */
export class EngineSession implements Session, TransportSink {
  readonly id: string;
  readonly handshake: HandshakeDetails;
  readonly revision: EngineRevision;
  /** The one upgrade that may be in progress. */
  upgrading: Upgrading | undefined;
  readonly #owner: SessionOwner;
  readonly #queue = new SendQueue();
  readonly #heartbeat: Deadline;
  #transport: Transport;
  #handler: SessionHandler | undefined;
  #state: SessionState = "open";
  #closedFor: CloseReason = "transport close";
  #awaitsPong = false;
  #congested = false;
  /** Made when `sendQueueLimit` is first passed, which for most sessions is never. */
  #backlog: BacklogWatch | undefined;
  #deadAt: number;

  constructor(
    id: string,
    handshake: HandshakeDetails,
    owner: SessionOwner,
    transport: Transport,
    revision: EngineRevision = 4,
  ) {
    this.id = id;
    this.revision = revision;
    this.handshake = handshake;
    this.#owner = owner;
    this.#transport = transport;
    transport.sink = this;
    this.#heartbeat = owner.wheel.set(this.#quiet, () => this.#beat());
    this.#deadAt = this.#nextDeath();
  }

  get transport(): TransportName {
    return this.#transport.name;
  }

  get state(): SessionState {
    return this.#state;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + this.#transport.bufferedBytes;
  }

  get writable(): boolean {
    return this.#state === "open" && this.bufferedBytes < CONGESTION_BYTES;
  }

  /** The transport itself, for the listener, which hands it the requests of this session. */
  get carrier(): Transport {
    return this.#transport;
  }

  /** Queues the open packet and lets the application take over. */
  open(first: OutgoingPacket, accept: (session: Session) => SessionHandler): void {
    this.#put(first);
    try {
      this.#handler = accept(this);
    } catch (error) {
      this.#owner.refused("handler_failed", this, error);
      this.#end("forced server close", "discard");
      return;
    }
    // The application may have closed the session before it returned its handler.
    if (this.#state !== "open") this.#tellClosed(undefined);
  }

  send(packet: OutgoingPacket, options?: SendOptions): boolean {
    if (this.#state !== "open") return false;
    if (this.bufferedBytes >= CONGESTION_BYTES) {
      this.#congested = true;
      if (options?.volatile === true) return false;
      if (!this.#mayQueue()) {
        this.lost("transport error", "slow_consumer");
        return false;
      }
    }
    this.#put(packet);
    return true;
  }

  close(reason: CloseReason): void {
    this.#end(reason, "linger");
  }

  /** Ends a closed session's wait for a client that is between two polls. */
  finish(): void {
    if (this.#state === "closing") this.#part("finish");
  }

  /**
   * True when the session is still there at `now`. The wheel that ends silent sessions is coarse; a request that comes
   * between the deadline and the wheel's tick must not find the session alive.
   */
  checkAlive(now: number): boolean {
    if (this.#state === "open" && now >= this.#deadAt) this.lost("ping timeout", "ping_timed_out");
    return this.#state !== "closed";
  }

  message(data: string | Buffer): void {
    if (this.#state !== "open" || this.#handler === undefined) return;
    try {
      this.#handler.message(data);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  packet(packet: EnginePacket): void {
    if (this.#state !== "open") return;
    switch (packet.type) {
      case "message":
        this.message(typeof packet.data === "string" ? packet.data : asBuffer(packet.data));
        return;
      case "pong":
        this.#pong();
        return;
      case "close":
        this.#end("transport close", "answer");
        return;
      case "ping":
        this.#ping();
        return;
      case "noop":
        return;
      case "open":
      case "upgrade":
        this.lost("parse error", "parse_error");
        return;
    }
  }

  ready(): void {
    this.#transport.pull(this.#queue);
    if (!this.#congested || this.bufferedBytes >= CONGESTION_BYTES || this.#state !== "open") return;
    this.#congested = false;
    try {
      this.#handler?.drain?.();
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  lost(reason: CloseReason, why: FailureReason | "disconnected", detail?: string): void {
    if (this.#state !== "open") return;
    if (why !== "disconnected") this.#owner.refused(why, this);
    this.#end(reason, "discard", detail ?? (why === "disconnected" ? undefined : failure(why).meaning));
  }

  gone(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#queue.clear();
    this.#owner.gone(this);
  }

  /** Continues on another transport, which must carry all packets that the former has not. */
  adopt(next: Transport): void {
    this.#transport.sink = DETACHED;
    this.#transport = next;
    next.sink = this;
    this.moved(next.name);
    if (this.#state === "open") this.ready();
  }

  moved(name: TransportName): void {
    try {
      this.#handler?.upgrade?.(name);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** What the transport has in hand is not counted: it is one filling of a socket and a packet, or one poll's answer. */
  #mayQueue(): boolean {
    const { sendQueueLimit } = this.#owner.options;
    if (this.#queue.bytes < sendQueueLimit) return true;
    this.#backlog ??= new BacklogWatch(this.#queue, sendQueueLimit, this.#owner.wheel, () =>
      this.lost("transport error", "slow_consumer"),
    );
    return this.#backlog.admits();
  }

  #put(packet: OutgoingPacket): void {
    this.#queue.push(packet);
    this.#transport.pull(this.#queue);
  }

  /** The only place where an open session stops being open. */
  #end(reason: CloseReason, how: Ending, detail?: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#closedFor = reason;
    this.#heartbeat.cancel();
    this.#backlog?.cancel();
    this.#part(how);
    this.#tellClosed(detail);
  }

  #part(how: Ending): void {
    if (this.upgrading?.abandon(this.#queue, how) !== true) this.#transport.end(this.#queue, how);
  }

  #tellClosed(detail: string | undefined): void {
    try {
      this.#handler?.close(this.#closedFor, detail);
    } catch (error) {
      this.#owner.refused("handler_failed", this, error);
    }
  }

  #handlerFailed(error: unknown): void {
    this.#owner.refused("handler_failed", this, error);
    this.#end("forced server close", "linger", "the application's handler threw");
  }

  /** Milliseconds of silence until something has to happen: in revision 4 a ping, in revision 3 the end. */
  get #quiet(): number {
    const { pingInterval, pingTimeout } = this.#owner.options;
    return this.revision === 3 ? pingInterval + pingTimeout : pingInterval;
  }

  #beat(): void {
    if (this.#awaitsPong || this.revision === 3) {
      this.lost("ping timeout", "ping_timed_out");
      return;
    }
    this.#awaitsPong = true;
    const now = performance.now();
    // The deadline counts from when the ping was due, but after a stall of this process a client still gets a chance.
    this.#deadAt = Math.max(this.#deadAt, now + this.#owner.options.pingTimeout / 2);
    this.#heartbeat.renew(this.#deadAt - now);
    this.#put(PING);
  }

  /** The client's part in revision 3, where the answer is empty whatever the ping carries; a fault in revision 4. */
  #ping(): void {
    if (this.revision !== 3) {
      this.lost("transport error", "heartbeat_direction");
      return;
    }
    this.#renew();
    this.#put(PONG);
  }

  /** The client's part in revision 4, where an unsolicited one starts nothing; a fault in revision 3. */
  #pong(): void {
    if (this.revision === 3) {
      this.lost("transport error", "heartbeat_direction");
      return;
    }
    if (!this.#awaitsPong) return;
    this.#awaitsPong = false;
    this.#renew();
  }

  #renew(): void {
    this.#heartbeat.renew(this.#quiet);
    this.#deadAt = this.#nextDeath();
  }

  #nextDeath(): number {
    const { pingInterval, pingTimeout } = this.#owner.options;
    return performance.now() + pingInterval + pingTimeout;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
