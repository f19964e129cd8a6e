import type { CloseReason, EnginePacket, EngineRevision } from "@everwire/protocol";
import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { type FailureReason, failure } from "../failures.ts";
import type { HandshakeDetails } from "../http/handshake-details.ts";
import { type OutgoingPacket, PING, PONG } from "../packet/outgoing-packet.ts";
import { CONGESTION_BYTES, SendQueue } from "../packet/send-queue.ts";
import { DETACHED, type Ending, type Transport, type TransportName, type TransportSink } from "../transport.ts";
import { Backlog, type SendCounters } from "./backlog.ts";
import type { ResolvedListenerOptions } from "./listener-options.ts";
import type { QueueGuard } from "./queue-guard.ts";

/** `closing`: the handler has been told, what was queued is still being delivered. */
export type SessionState = "open" | "closing" | "closed";

export interface SendOptions {
  /** Drop the packet rather than queue it behind 64 KiB of others. */
  readonly volatile?: boolean;
  /**
   * Behind 64 KiB of others, take the place of the packet that waits with the same key, if there is one: the latest value
   * is what counts. At most 1024 characters; up to 1024 keys are remembered at a time.
   */
  readonly coalesce?: string | undefined;
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
  /** True from 256 KiB waiting until the handler's `drain` is called: who can wait with more packets should. */
  readonly backpressure: boolean;
  /**
   * Queues a packet; packets leave in this order. False: dropped, because it was volatile and the session congested, or
   * because the session is not open. What a client that does not read leads to is said in docs/slow-consumers.md.
   */
  send(packet: OutgoingPacket, options?: SendOptions): boolean;
  /**
   * Closes; the handler hears it within this call, packets already queued are still delivered. Later calls do nothing.
   * `finish`: a client that is between two polls is not waited for, and one by WebSocket has half a second to close it.
   */
  close(reason: CloseReason, how?: "linger" | "finish"): void;
}

/** The application's side of a session. What it throws closes this session and nothing else. */
export interface SessionHandler {
  /** A message; binary data is a Buffer that now belongs to the handler. Never after `close`. */
  message(data: string | Buffer): void;
  /** Exactly once, and last. */
  close(reason: CloseReason, detail?: string): void;
  upgrade?(transport: TransportName): void;
  /** Less than 64 KiB wait again, after that many did. */
  drain?(): void;
}

/** What a session needs to know of the listener that owns it. */
export interface SessionOwner {
  readonly options: Pick<
    ResolvedListenerOptions,
    "pingInterval" | "pingTimeout" | "sendQueueLimit" | "totalQueueLimit"
  >;
  readonly wheel: DeadlineWheel;
  readonly guard: QueueGuard;
  readonly counters: SendCounters;
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
  readonly #queue: SendQueue;
  readonly #heartbeat: Deadline;
  #transport: Transport;
  #handler: SessionHandler | undefined;
  #state: SessionState = "open";
  #closedFor: CloseReason = "transport close";
  #awaitsPong = false;
  #backlog: Backlog | undefined;
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
    this.#queue = new SendQueue(owner.guard);
    this.#transport = transport;
    transport.sink = this;
    this.#heartbeat = owner.wheel.set(this.#quiet, EngineSession.#due, this);
    this.#deadAt = this.#nextDeath();
  }

  /** One for all sessions: a closure for each would be a good part of what an idle one costs. */
  static readonly #due = (session: EngineSession): void => session.#beat();

  get transport(): TransportName {
    return this.#transport.name;
  }

  get state(): SessionState {
    return this.#state;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + this.#transport.bufferedBytes;
  }

  get backpressure(): boolean {
    return this.#backlog?.pressed === true && this.bufferedBytes >= CONGESTION_BYTES;
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
    const waiting = this.bufferedBytes;
    const fate = waiting < CONGESTION_BYTES ? "queued" : this.#crowd(packet, options);
    if (fate !== "queued") return fate === "replaced";
    this.#queue.push(packet, options?.coalesce);
    this.#transport.pull(this.#queue);
    if (waiting + packet.byteLength >= CONGESTION_BYTES) this.#assess();
    const { guard } = this.#owner;
    if (guard.bytes > this.#owner.options.totalQueueLimit) guard.relieve();
    return true;
  }

  close(reason: CloseReason, how: "linger" | "finish" = "linger"): void {
    this.#end(reason, how);
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
    if (this.#state !== "open" || this.#backlog?.shrank(this.bufferedBytes) !== true) return;
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

  /** What becomes of a packet that finds 64 KiB or more waiting. */
  #crowd(packet: OutgoingPacket, { volatile = false, coalesce }: SendOptions = {}): "queued" | "replaced" | "dropped" {
    this.#assess();
    const { counters } = this.#owner;
    if (!volatile && this.#backlog?.admits === false) {
      this.#giveUp("slow_consumer");
      return "dropped";
    }
    if (coalesce !== undefined && this.#queue.replace(coalesce, packet)) {
      counters.coalesced += 1;
      return "replaced";
    }
    if (!volatile) return "queued";
    counters.droppedVolatile += 1;
    return "dropped";
  }

  /** Tells the backlog how much waits, if that is enough to have one. */
  #assess(): void {
    const waiting = this.bufferedBytes;
    // Handing packets over may have ended the session.
    if (waiting < CONGESTION_BYTES || this.#state !== "open") return;
    const { options, wheel, guard } = this.#owner;
    this.#backlog ??= new Backlog(this.#queue, wheel, guard, {
      sendQueueLimit: options.sendQueueLimit,
      totalQueueLimit: options.totalQueueLimit,
      listening: () => this.#transport.listening,
      stalled: () => this.#giveUp("slow_consumer"),
      shed: () => this.#giveUp("memory_guard"),
    });
    this.#backlog.grew(waiting);
  }

  /** Closes for want of a reader. Clients take a "transport error" as a reason to come back. */
  #giveUp(why: "slow_consumer" | "memory_guard"): void {
    if (this.#state !== "open") return;
    this.#owner.counters.discarded += this.#queue.length;
    this.lost("transport error", why);
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
    this.#backlog?.end();
    // Nothing of it will be sent: what many slow clients had waiting goes now, not when their connections have closed.
    if (how === "discard") this.#queue.clear();
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
