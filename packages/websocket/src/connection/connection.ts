import { AsyncResource } from "node:async_hooks";
import { isUtf8 } from "node:buffer";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type FrameFailure, frameFailure } from "../failures.ts";
import type { PreparedMessage } from "../frame/prepared-message.ts";
import { HEAVY_FROM } from "../frame/read-buffer.ts";
import { isReceivedText } from "../frame/received-text.ts";
import type { ConnectionHandler } from "./connection-handler.ts";
import { resolveConnectionOptions, type SendOptions } from "./connection-options.ts";
import type { ConnectionStart } from "./connection-start.ts";
import { deadlines, WheelMember } from "./deadline-wheel.ts";
import { releaseExcess, reserveExcess, type Sender } from "./outgoing-excess.ts";
import { payloadBytes } from "./payload-bytes.ts";
import { probePayload } from "./probe-payload.ts";
import { type Progress, ProgressWatch, type Watched } from "./progress-watch.ts";
import type { Protocol } from "./protocol.ts";
import { createProtocol } from "./protocol-creation.ts";
import { type Reader, readTurns } from "./read-turns.ts";
import { readShared, waitsInStream } from "./shared-read.ts";
import { type OwnedSocket, own, ownerOf, type SocketOwner } from "./socket-owner.ts";
import { takeOver } from "./socket-takeover.ts";
import { type WriteCallback, type WriteTurn, writeAtEnd } from "./write-turn.ts";

const HANDLER_FAILED = frameFailure("handler_failed");
const MESSAGE_TIMED_OUT = frameFailure("message_timed_out");
const PONG_TIMED_OUT = frameFailure("pong_timed_out");
const SLOW_CONSUMER = frameFailure("slow_consumer");

/** What the handshake settled, where it settled nothing: most connections share this. */
const NOTHING_AGREED = { protocol: "", extensions: "" } as const;

/**
 * An open WebSocket, at either end: the one shell round a socket.
 *
 * Frames sent in one tick leave together at its end. Once closing has begun, `send` and `ping` do nothing. The socket is
 * owned from the first byte to the last: nobody else may read, write or end it.
 */
export class Connection extends WheelMember implements Sender, Reader, Watched, SocketOwner {
  // As few fields as can be: there are as many of each as peers.
  readonly #agreed: { readonly protocol: string; readonly extensions: string };
  readonly #socket: OwnedSocket<Connection>;
  readonly #machine: Protocol;
  /** What is to be done at the end of the tick, if anything. */
  #turn: WriteTurn | undefined;
  /** *closed*: the socket is. *reported*: the handler has been told. */
  #lifecycle: "open" | "closed" | "reported" = "open";
  #paused = false;
  #progress: ProgressWatch | undefined;
  /** What comes when its own time is up: the next ping, the end of the wait for its pong, or of that for a close frame. */
  #timer: "ping" | "pong" | "close" = "ping";

  /** @internal Connections come from `acceptUpgrade`, `connect` and `WebSocketServer`. */
  constructor(socket: Duplex, { role, head, protocol, options, deflate }: ConnectionStart) {
    super();
    const extensions = deflate?.header ?? "";
    this.#agreed = protocol === "" && extensions === "" ? NOTHING_AGREED : { protocol, extensions };
    const resolved = resolveConnectionOptions(options);
    this.#machine = createProtocol(role, resolved, deflate, this);
    this.#socket = socket;
    own(socket, this);
    takeOver(socket);
    if (head.length > 0) socket.unshift(head);
    if (resolved.heartbeat !== false) deadlines.renew(this, resolved.heartbeat.interval);
  }

  /** The subprotocol that was agreed on, "" when none was. */
  get protocol(): string {
    return this.#agreed.protocol;
  }

  /** The extensions in use, as the server's answer names them; "" when there are none. */
  get extensions(): string {
    return this.#agreed.extensions;
  }

  /** *closing*: a close frame has been sent or received, and the socket is not closed yet. */
  get state(): "open" | "closing" | "closed" {
    if (this.#lifecycle !== "open") return "closed";
    return this.#machine.state === "open" ? "open" : "closing";
  }

  /** Bytes, framing included, that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#machine.queuedBytes + this.#socket.writableLength + this.#machine.deflatingBytes;
  }

  /** Why this side ended the connection on its own account, if it did: what the peer broke, or its silence. */
  get failure(): FrameFailure | undefined {
    return this.#machine.failure;
  }

  /** Whether {@link pause} is in effect. */
  get paused(): boolean {
    return this.#paused;
  }

  /** The peer's address as the socket knows it; no header is believed. It is known later only if asked for while open. */
  get remoteAddress(): string | undefined {
    return this.#socket instanceof Socket ? this.#socket.remoteAddress : undefined;
  }

  /** Begins to read. Called once, and soon: nothing is read before, not even the bytes that came with the handshake. */
  start(handler: ConnectionHandler): void {
    if (this.#machine.handler !== undefined) throw new Error("the connection has been started already");
    this.#machine.handler = handler;
    // A socket that closed or ended before, perhaps before we listened to it, says nothing any more.
    const socket = this.#socket;
    if (socket.closed || socket.readableEnded) {
      queueMicrotask(() => (socket.closed ? this.socketClosed() : this.socketEnded()));
      return;
    }
    const reading = readShared(socket, Connection.#listeners.read);
    // It is read, nothing waits in the stream, and what comes does not go through it.
    if (reading === "already" && !this.#paused && socket.readableFlowing === null && socket.readableLength === 0)
      return;
    // What was read before, and everything where reading is not shared.
    this.#socket.on("data", Connection.#listeners.data);
    if (this.#paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /**
   * Sends a text message, or a binary one. Bytes are copied, except that of more than 16 KiB a server queues a reference:
   * they must not be changed until `bufferedAmount` is 0.
   *
   * @throws TypeError for anything else: a number is not a payload.
   */
  send(data: string | Uint8Array, options?: SendOptions): void {
    if (!this.#mayQueue()) return;
    if (typeof data === "string") this.#machine.text(data, options?.compress);
    else this.#machine.binary(payloadBytes(data), options?.compress);
    this.#write();
  }

  /** Sends a text message given as UTF-8. @throws TypeError when it is not. */
  sendUtf8(data: Uint8Array, options?: SendOptions): void {
    if (!isReceivedText(data) && !isUtf8(data)) throw new TypeError("the bytes of a text message must be UTF-8");
    if (!this.#mayQueue()) return;
    this.#machine.utf8(data, options?.compress);
    this.#write();
  }

  /** Sends a message whose frame is shared with other connections. */
  sendPrepared(message: PreparedMessage): void {
    if (!this.#mayQueue()) return;
    this.#machine.prepared(message);
    this.#write();
  }

  /** Sends a ping of at most 125 bytes; the answer comes as `pong`. */
  ping(data: Uint8Array = new Uint8Array(0)): void {
    if (!this.#mayQueue()) return;
    this.#machine.ping(payloadBytes(data));
    this.#write();
  }

  /** Sends a pong that nobody asked for; with `autoPong: false` also the answer to a ping. */
  pong(data: Uint8Array = new Uint8Array(0)): void {
    if (!this.#mayQueue()) return;
    this.#machine.pong(payloadBytes(data));
    this.#write();
  }

  /** Calls back when the operating system has taken all that was sent before, or with an error when it cannot any more. */
  whenSent(callback: WriteCallback): void {
    // The write is one for all who have something to write, and so are its context and that of its end.
    const context = new AsyncResource("EverwireSent");
    const told: WriteCallback = (error) => context.runInAsyncScope(callback, undefined, error);
    this.#machine.whenDeflated((lost) => {
      if (lost) process.nextTick(told, new Error("the connection is closed"));
      else this.#turn = this.#write().telling(told);
    });
  }

  /**
   * Stops reading: what the peer sends waits in the system's buffers, and then at the peer. Messages of bytes that have
   * been read may still come. No silence of the peer ends the connection meanwhile.
   */
  pause(): void {
    this.#paused = true;
    if (this.#machine.handler !== undefined) this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#machine.handler === undefined || readTurns.waits(this)) return;
    // What waits behind a message being inflated comes first: reading on would pile up more behind it, without bound.
    if (this.#machine.inflating || this.#machine.suspended) process.nextTick(() => this.proceed());
    else this.#socket.resume();
  }

  /**
   * Begins the closing handshake behind what is queued. Messages that still arrive are dropped. When the handshake takes
   * longer than `closeTimeout` the socket is destroyed.
   *
   * @throws RangeError for a code that must not be sent, or a reason of more than 123 bytes.
   */
  close(code?: number, reason = ""): void {
    this.#machine.close(code, reason);
    // The peer's close frame is to be read, the messages before it are dropped.
    if (this.#paused) this.resume();
    this.#settle();
  }

  /** Destroys the socket now. What is queued is lost; the handler hears 1006. */
  terminate(): void {
    this.#drop(undefined);
  }

  /** @internal */
  writeNow(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.write(this.#socket, this.#machine);
  }

  /** One set for all sockets: see `socket-owner.ts`. */
  static readonly #listeners = {
    data(this: OwnedSocket<Connection>, chunk: Buffer): void {
      const connection = ownerOf(this);
      if (connection !== undefined) connection.#receive(chunk, chunk.length);
    },
    read(this: OwnedSocket<Connection>, length: number, buffer: Buffer): void {
      const connection = ownerOf(this);
      if (connection === undefined) return;
      const mustWait = connection.#paused || connection.#machine.suspended;
      if (!waitsInStream(this, mustWait, length, buffer)) connection.#receive(buffer, length);
    },
  };

  /** @internal The peer has ended its side: half a connection is none, as no close frame could be answered. */
  socketEnded(): void {
    if (this.#machine.state === "done") this.#turn = this.#write().ending();
    // Messages that came before the end are still handed on: `proceed` comes back to it.
    else if (!this.#machine.inflating) this.#drop(undefined);
  }

  /** Has what is in the outbox written at the end of this tick. */
  #write(): WriteTurn {
    this.#turn ??= writeAtEnd(this);
    return this.#turn;
  }

  /** @internal */
  socketDrained(): void {
    this.#machine.outbox.congested = false;
    releaseExcess(this);
    // Also when nothing waits any more: what is written last gives the outbox back.
    this.#write();
    this.#machine.handler?.drain?.();
  }

  #receive(chunk: Buffer, length: number): void {
    const handler = this.#machine.handler;
    if (handler === undefined) return;
    const now = performance.now();
    const heavy = length >= HEAVY_FROM;
    this.#progress?.add(length, now);
    if (heavy) readTurns.begin(now);
    try {
      this.#machine.receive(chunk, handler, now, length);
    } catch (error) {
      this.#handlerFailed(error);
    }
    if (this.#machine.suspended) this.#rest(true);
    else if (heavy && readTurns.done(now)) this.#rest(false);
    this.#afterReading(now);
  }

  /** Reads no more until messages have been inflated, or it is our turn. `held`: bytes wait as well. */
  #rest(held: boolean): void {
    this.#socket.pause();
    if (!this.#paused && !this.#machine.inflating) readTurns.wait(this, held);
  }

  /** @internal Messages have been inflated or deflated beside the event loop, or it is our turn. */
  proceed(): void {
    if (this.#lifecycle !== "open") return;
    const now = performance.now();
    try {
      this.#machine.proceed(now, !this.#paused);
    } catch (error) {
      this.#handlerFailed(error);
    }
    if (this.#machine.suspended) this.#rest(true);
    else if (!this.#paused && !readTurns.waits(this)) this.#socket.resume();
    this.#afterReading(now);
    // The peer's end came while messages waited: `end` left it for now.
    if (this.#socket.readableEnded && !this.#machine.inflating) this.socketEnded();
  }

  #handlerFailed(error: unknown): never {
    // The parser was left in the middle of the chunk: whatever the process makes of the error, this connection is over.
    this.#machine.fail(HANDLER_FAILED);
    this.#settle();
    throw error;
  }

  #afterReading(now: number): void {
    if (this.#machine.incomplete) {
      // A message has begun: it must make progress.
      this.#progress ??= new ProgressWatch(this.#machine.options.messageTimeout, this, now);
      this.#progress.begin(now);
    } else this.#progress?.cancel();
    this.#settle();
  }

  /** @internal */
  socketClosed(): void {
    if (this.#lifecycle === "open") {
      this.#lifecycle = "closed";
      this.#machine.abort();
      this.#progress?.cancel();
      deadlines.remove(this);
      readTurns.leave(this);
      releaseExcess(this);
    }
    if (this.#lifecycle === "reported" || this.#machine.handler === undefined) return;
    this.#lifecycle = "reported";
    this.#machine.handler.close(this.#machine.closeCode, this.#machine.closeReason);
  }

  /** Whether one more message may wait for the peer. The policy is `maxBufferedBytes` and `outgoingBudget`. */
  #mayQueue(): boolean {
    if (this.#machine.state !== "open") return false;
    if (this.bufferedAmount <= this.#machine.options.freeBufferedBytes) return true;
    // What the operating system has not been offered yet says nothing about the peer.
    this.#turn?.writeEarly(this.#socket, this.#machine);
    if (reserveExcess(this, this.#machine.options)) return true;
    this.#drop(SLOW_CONSUMER);
    return false;
  }

  #drop(failure: FrameFailure | undefined): void {
    this.#machine.abort(failure);
    releaseExcess(this);
    this.#socket.destroy();
  }

  /** Does what the machine's present state asks of the socket. */
  #settle(): void {
    // A `close` that comes after the end changes nothing and must not set deadlines.
    if (this.#lifecycle !== "open") return;
    const { state } = this.#machine;
    if (this.#machine.writable) this.#write();
    if (state === "open") return;
    if (this.#timer !== "close") {
      this.#timer = "close";
      deadlines.renew(this, this.#machine.options.closeTimeout);
    }
    // RFC 6455 §7.1.1: the server closes the TCP connection first, and at once; a client waits for it, unless it fails
    // the connection itself.
    const mayEnd = this.#machine.role === "server" || this.#machine.failed;
    if (state === "done" && mayEnd) this.#turn = this.#write().ending();
  }

  /** @internal */
  get progress(): Progress {
    return this.#machine.incomplete ? (this.#held ? "held" : "owed") : "complete";
  }

  /** @internal */
  messageStalled(): void {
    this.#machine.fail(MESSAGE_TIMED_OUT);
    this.#settle();
  }

  /** Whether it is this side that does not read. */
  get #held(): boolean {
    return this.#paused || readTurns.waits(this);
  }

  /** @internal */
  timeUp(): void {
    const { heartbeat } = this.#machine.options;
    if (this.#timer === "close") this.#socket.destroy();
    else if (heartbeat !== false && this.#machine.state === "open") this.#beat(heartbeat.interval, heartbeat.timeout);
  }

  /** Alternates between sending a probe and looking whether it was answered. */
  #beat(interval: number, timeout: number): void {
    if (this.#timer === "pong" && this.#machine.probePending) {
      // RFC 6455 §5.4: a pong may come between the frames of a message, not within one. Whether the rest of a frame
      // comes in time is for the message deadline to judge.
      if (this.#machine.midFrame || this.#held) deadlines.renew(this, timeout);
      else this.#drop(PONG_TIMED_OUT);
    } else if (this.#timer === "pong") {
      this.#timer = "ping";
      deadlines.renew(this, Math.max(interval - timeout, 0));
    } else {
      this.#timer = "pong";
      this.#machine.probe(probePayload());
      this.#write();
      deadlines.renew(this, timeout);
    }
  }
}
