import { randomInt } from "node:crypto";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionHandler } from "./connection-handler.ts";
import {
  type ConnectionOptions,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from "./connection-options.ts";
import { type Deadline, deadlines } from "./deadline-wheel.ts";
import { type FrameFailure, frameFailure } from "./failures.ts";
import type { Role } from "./frame-parser.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { Protocol } from "./protocol.ts";
import { SocketWriter } from "./socket-writer.ts";

const HANDLER_FAILED = frameFailure("handler_failed");
const MESSAGE_TIMED_OUT = frameFailure("message_timed_out");
const PONG_TIMED_OUT = frameFailure("pong_timed_out");
const SLOW_CONSUMER = frameFailure("slow_consumer");

/** Bytes a second that an incomplete message must bring. */
const LEAST_PROGRESS = 1024;

const EMPTY = Buffer.alloc(0);

/** Where a socket keeps its connection, so that all sockets share one set of listeners. */
const attached = Symbol("connection");

type AttachedSocket = Duplex & { [attached]: Connection };

/** What the handshake has settled. */
export interface ConnectionStart {
  readonly role: Role;
  /** Bytes that came with the handshake and belong to the first frames. */
  readonly head: Buffer;
  readonly protocol: string;
  readonly options: ConnectionOptions | undefined;
}

/**
 * An open WebSocket, at either end: the one shell round a socket.
 *
 * Frames sent in one tick leave together at its end. Once closing has begun, `send` and `ping` do nothing. The socket is
 * owned from the first byte to the last: nobody else may read, write or end it.
 */
export class Connection {
  /** The subprotocol that was agreed on, "" when none was. */
  readonly protocol: string;
  readonly #role: Role;
  readonly #socket: AttachedSocket;
  readonly #options: ResolvedConnectionOptions;
  readonly #machine: Protocol;
  readonly #writer: SocketWriter;
  #handler: ConnectionHandler | undefined;
  /** *closed*: the socket is. *reported*: the handler has been told. */
  #lifecycle: "open" | "closed" | "reported" = "open";
  #remoteAddress: string | undefined;
  #received = 0;
  /** What `#received` was when the message deadline was set. */
  #receivedBefore = 0;
  #messageDeadline: Deadline | undefined;
  #closeDeadline: Deadline | undefined;
  #heartbeat: Deadline | undefined;
  /** Whether the heartbeat waits for a pong rather than for its interval to pass. */
  #probing = false;

  /** @internal Connections come from `acceptUpgrade`, `connect` and `WebSocketServer`. */
  constructor(socket: Duplex, { role, head, protocol, options }: ConnectionStart) {
    this.protocol = protocol;
    this.#role = role;
    this.#options = resolveConnectionOptions(options);
    this.#machine = new Protocol(role, this.#options);
    this.#socket = Object.assign(socket, { [attached]: this });
    this.#writer = new SocketWriter(socket, this.#machine.outbox);
    if (socket instanceof Socket) {
      socket.setTimeout(0);
      socket.setNoDelay(true);
    }
    if (head.length > 0) socket.unshift(head);
    socket.on("error", ignoreError);
    this.#socket.on("close", Connection.#listeners.close);
    this.#socket.on("drain", Connection.#listeners.drain);
    this.#startHeartbeat();
  }

  /** *closing*: a close frame has been sent or received, and the socket is not closed yet. */
  get state(): "open" | "closing" | "closed" {
    if (this.#lifecycle !== "open") return "closed";
    return this.#machine.state === "open" ? "open" : "closing";
  }

  /** Bytes, framing included, that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#writer.bufferedAmount;
  }

  /** The peer's address as the socket knows it; no header is believed. It is known later only if asked for while open. */
  get remoteAddress(): string | undefined {
    if (this.#remoteAddress === undefined && this.#socket instanceof Socket) {
      this.#remoteAddress = this.#socket.remoteAddress;
    }
    return this.#remoteAddress;
  }

  /** Begins to read. Called once, and soon: nothing is read before, not even the bytes that came with the handshake. */
  start(handler: ConnectionHandler): void {
    if (this.#handler !== undefined) throw new Error("the connection has been started already");
    this.#handler = handler;
    // A socket that closed before, perhaps before we listened to it, says nothing any more.
    if (this.#socket.closed) {
      queueMicrotask(() => this.#finish());
      return;
    }
    this.#socket.on("data", Connection.#listeners.data);
    this.#socket.on("end", Connection.#listeners.end);
    this.#socket.resume();
  }

  /**
   * Sends a text message, or a binary one. Bytes are copied, except that of more than 16 KiB a server queues a reference:
   * they must not be changed until `bufferedAmount` is 0.
   *
   * @throws TypeError for anything else: a number is not a payload.
   */
  send(data: string | Uint8Array): void {
    if (!this.#mayQueue()) return;
    if (typeof data === "string") this.#machine.text(data);
    else this.#machine.binary(checkedBytes(data));
    this.#writer.schedule();
  }

  /** Sends a message whose frame is shared with other connections. */
  sendPrepared(message: PreparedMessage): void {
    if (!this.#mayQueue()) return;
    this.#machine.prepared(message);
    this.#writer.schedule();
  }

  /** Sends a ping of at most 125 bytes; the answer comes as `pong`. */
  ping(data: Uint8Array = EMPTY): void {
    if (!this.#mayQueue()) return;
    this.#machine.ping(checkedBytes(data));
    this.#writer.schedule();
  }

  /**
   * Begins the closing handshake behind what is queued. Messages that still arrive are dropped. When the handshake takes
   * longer than `closeTimeout` the socket is destroyed.
   *
   * @throws RangeError for a code that must not be sent, or a reason of more than 123 bytes.
   */
  close(code?: number, reason = ""): void {
    this.#machine.close(code, reason);
    this.#settle();
  }

  /** Destroys the socket now. What is queued is lost; the handler hears 1006. */
  terminate(): void {
    this.#drop(undefined);
  }

  /** One set for all sockets: closures for each would be a good part of what an idle connection costs. */
  static readonly #listeners = {
    data(this: AttachedSocket, chunk: Buffer): void {
      this[attached].#receive(chunk);
    },
    end(this: AttachedSocket): void {
      this[attached].#ended();
    },
    drain(this: AttachedSocket): void {
      this[attached].#drained();
    },
    close(this: AttachedSocket): void {
      this[attached].#finish();
    },
  };

  /** The peer has ended its side: half a connection is none, as no close frame could be answered. */
  #ended(): void {
    if (this.#machine.state === "done") this.#writer.end();
    else this.#drop(undefined);
  }

  #drained(): void {
    this.#machine.outbox.congested = false;
    if (this.#machine.outbox.pongHeld) this.#writer.schedule();
    this.#handler?.drain?.();
  }

  #receive(chunk: Buffer): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    this.#received += chunk.length;
    try {
      this.#machine.receive(chunk, handler, performance.now());
    } catch (error) {
      // The parser was left in the middle of the chunk: whatever the process makes of the error, this connection is over.
      this.#machine.fail(HANDLER_FAILED);
      this.#settle();
      throw error;
    }
    if (this.#machine.incomplete) this.#watchMessage();
    else this.#messageDeadline?.cancel();
    this.#settle();
  }

  #finish(): void {
    if (this.#lifecycle === "open") {
      this.#lifecycle = "closed";
      this.#machine.abort();
      this.#messageDeadline?.cancel();
      this.#closeDeadline?.cancel();
      this.#heartbeat?.cancel();
    }
    if (this.#lifecycle === "reported" || this.#handler === undefined) return;
    this.#lifecycle = "reported";
    this.#handler.close(this.#machine.closeCode, this.#machine.closeReason);
  }

  /** Whether one more message may wait for the peer. The policy is `maxBufferedBytes`. */
  #mayQueue(): boolean {
    if (this.#machine.state !== "open") return false;
    if (this.#writer.bufferedAmount <= this.#options.maxBufferedBytes) return true;
    this.#drop(SLOW_CONSUMER);
    return false;
  }

  #drop(failure: FrameFailure | undefined): void {
    this.#machine.abort(failure);
    this.#socket.destroy();
  }

  /** Does what the machine's present state asks of the socket. */
  #settle(): void {
    // A `close` that comes after the end changes nothing and must not set deadlines.
    if (this.#lifecycle !== "open") return;
    const { outbox, state } = this.#machine;
    if (outbox.bytes > 0 || outbox.pongHeld) this.#writer.schedule();
    if (state === "open") return;
    this.#closeDeadline ??= deadlines.set(this.#options.closeTimeout, () => this.#socket.destroy());
    // RFC 6455 §7.1.1: the server closes the TCP connection first, and at once; a client waits for it, unless it fails
    // the connection itself.
    if (state === "done" && (this.#role === "server" || this.#machine.failed)) this.#writer.end();
  }

  /** A message has begun and is not complete: it must make progress. */
  #watchMessage(): void {
    if (this.#messageDeadline?.pending === true) return;
    this.#receivedBefore = this.#received;
    if (this.#messageDeadline !== undefined) this.#messageDeadline.renew(this.#options.messageTimeout);
    else this.#messageDeadline = deadlines.set(this.#options.messageTimeout, () => this.#checkProgress());
  }

  #checkProgress(): void {
    if (!this.#machine.incomplete) return;
    const progress = this.#received - this.#receivedBefore;
    if (progress * 1000 >= LEAST_PROGRESS * this.#options.messageTimeout) {
      this.#watchMessage();
    } else {
      this.#machine.fail(MESSAGE_TIMED_OUT);
      this.#settle();
    }
  }

  #startHeartbeat(): void {
    const heartbeat = this.#options.heartbeat;
    if (heartbeat === false) return;
    this.#heartbeat = deadlines.set(heartbeat.interval, () => this.#beat(heartbeat.interval, heartbeat.timeout));
  }

  /** Alternates between sending a probe and looking whether it was answered. */
  #beat(interval: number, timeout: number): void {
    if (this.#machine.state !== "open") return;
    if (this.#probing && this.#machine.probePending) {
      // RFC 6455 §5.4: a pong may come between the frames of a message, not within one. Whether the rest of a frame
      // comes in time is for the message deadline to judge.
      if (this.#machine.midFrame) this.#heartbeat?.renew(timeout);
      else this.#drop(PONG_TIMED_OUT);
    } else if (this.#probing) {
      this.#probing = false;
      this.#heartbeat?.renew(Math.max(interval - timeout, 0));
    } else {
      this.#probing = true;
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(randomInt(2 ** 32));
      this.#machine.probe(payload);
      this.#writer.schedule();
      this.#heartbeat?.renew(timeout);
    }
  }
}

function checkedBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new TypeError("a payload is a string or a Uint8Array");
}

// A socket's errors say nothing that its 'close' does not; without a listener they would end the process.
function ignoreError(): void {}
