import { DeflateQueue } from "../deflate/deflate-queue.ts";
import { type ArrivalSink, HeldClose, InflateQueue } from "../deflate/inflate-queue.ts";
import { FrameFailure, frameFailure } from "../failures.ts";
import { isWireCloseCode } from "../frame/close-code.ts";
import { closePayload } from "../frame/close-payload.ts";
import type { Codec } from "../frame/codec.ts";
import { CompressedMessage } from "../frame/compressed-message.ts";
import { BINARY, CLOSE, PING, PONG, TEXT } from "../frame/frame.ts";
import type { Role } from "../frame/frame-parser.ts";
import { Inbox, type InboxSink } from "../frame/inbox.ts";
import type { AssembledMessage } from "../frame/message-assembler.ts";
import { Outbox } from "../frame/outbox.ts";
import type { PreparedMessage } from "../frame/prepared-message.ts";
import { handOutText } from "../frame/received-text.ts";
import { decodeText } from "../frame/utf8.ts";
import type { ConnectionHandler } from "./connection-handler.ts";
import type { ResolvedConnectionOptions } from "./connection-options.ts";
import { ABNORMAL, type Ending, NOT_ENDED } from "./ending.ts";
import { PeerRates } from "./peer-rates.ts";
import { readTurns } from "./read-turns.ts";

const INVALID_CLOSE_PAYLOAD = frameFailure("invalid_close_payload");
const INVALID_CLOSE_CODE = frameFailure("invalid_close_code");
const INVALID_UTF8 = frameFailure("invalid_utf8");
const TOO_MANY_PINGS = frameFailure("too_many_pings");
const TOO_MANY_MESSAGES = frameFailure("too_many_messages");

const MAX_CONTROL_BYTES = 125;
const NO_STATUS = 1005;

/**
 * Where a connection stands. *open*: messages go both ways. *closing*: our close frame is queued, the peer's has not
 * come. *done*: no frame goes either way any more; what is queued is still to be written, then the socket is closed.
 */
export type ProtocolState = "open" | "closing" | "done";

/** The queues of a connection with compression. */
interface Deflation {
  readonly arrivals: InflateQueue;
  readonly departures: DeflateQueue;
}

/**
 * RFC 6455 after the handshake, as one machine for both roles: bytes go in by `receive`, events go to the handler, bytes
 * come out of the `outbox`. It knows no socket and no timer.
 *
 * With a codec some of this takes place later: `moved` says so, and `proceed` is to be called then.
 */
export class Protocol implements InboxSink, ArrivalSink {
  readonly role: Role;
  readonly options: ResolvedConnectionOptions;
  /** Who is told; nobody until there is one. */
  handler: ConnectionHandler | undefined;
  /** Only while the peer owes us the rest of something; always where compression was agreed on. */
  #inbox: Inbox | undefined;
  /** Only while something waits there; always where compression was agreed on. */
  #outbox: Outbox | undefined;
  /** Only where compression was agreed on. No private getters to its parts: V8 calls those by way of its runtime. */
  readonly #deflation: Deflation | undefined;
  #state: ProtocolState = "open";
  #ending: Ending = NOT_ENDED;
  #rates: PeerRates | undefined;
  /** The payload of a ping of `probe` that no pong has answered yet. */
  #probe: Buffer | undefined;

  constructor(role: Role, options: ResolvedConnectionOptions, codec?: Codec, moved: () => void = nothing) {
    this.role = role;
    this.options = options;
    if (codec === undefined) return;
    this.#inbox = new Inbox(role, options, true);
    this.#deflation = {
      arrivals: new InflateQueue(codec, options.incompleteBudget, this, moved),
      departures: new DeflateQueue(this.outbox, codec, moved),
    };
  }

  /** When what is being read has come. A read is over before the next one begins, whosever it is. */
  static #now = 0;

  /** The frames that wait to be written. */
  get outbox(): Outbox {
    this.#outbox ??= Outbox.borrow(this.role);
    return this.#outbox;
  }

  /** Bytes that wait to be written. */
  get queuedBytes(): number {
    return this.#outbox === undefined ? 0 : this.#outbox.bytes;
  }

  /** Whether there is something to write, be it only a pong. */
  get writable(): boolean {
    return this.#outbox !== undefined && (this.#outbox.bytes > 0 || this.#outbox.pongHeld);
  }

  /** What was in the outbox has been taken: an idle connection has none. */
  rest(): void {
    if (this.#outbox?.idle !== true || this.#deflation !== undefined) return;
    this.#outbox.giveBack();
    this.#outbox = undefined;
  }

  get state(): ProtocolState {
    return this.#state;
  }

  /** What to report when the socket is closed: see ConnectionHandler. */
  get closeCode(): number {
    return this.#ending.code;
  }

  get closeReason(): string {
    return this.#ending.reason;
  }

  /** Why this side ended the connection on its own account, if it did. */
  get failure(): FrameFailure | undefined {
    return this.#ending.failure;
  }

  /** Whether this side failed the connection. */
  get failed(): boolean {
    return this.#ending.failed;
  }

  /** Whether the peer owes us the rest of a frame or a message. */
  get incomplete(): boolean {
    return this.#inbox?.incomplete === true;
  }

  /** Whether so much waits to be inflated that the peer is not to be read. */
  get suspended(): boolean {
    return this.#inbox?.suspended === true;
  }

  /** Whether messages that have come have not been handed on yet. */
  get inflating(): boolean {
    return this.#deflation?.arrivals.busy === true;
  }

  /** Bytes of messages that are being deflated, and of those behind them. */
  get deflatingBytes(): number {
    return this.#deflation?.departures.bytes ?? 0;
  }

  /** Whether no pong can come now: the peer is in the middle of a frame, or not read. */
  get midFrame(): boolean {
    return this.#inbox?.midFrame === true;
  }

  /**
   * Takes the first `length` bytes of a chunk and tells `handler` what is in them. They are changed, and none is kept: it
   * may be the read buffer that all connections share.
   */
  receive(chunk: Buffer, handler: ConnectionHandler, now: number, length: number = chunk.length): void {
    // RFC 6455 §5.5.1 and §7.1.7: after the closing handshake, and after failing, no further data is processed.
    if (this.#state === "done") return;
    this.handler = handler;
    Protocol.#now = now;
    const inbox = this.#inbox ?? Inbox.borrow(this.role, this.options);
    this.#inbox = inbox;
    this.#parsed(inbox.push(chunk, length, this));
  }

  /** Takes what `moved` told of, and bytes held for another turn; unless `reading`, messages of the peer are left waiting. */
  proceed(now: number, reading = true): void {
    if (this.#state === "done") return;
    Protocol.#now = now;
    if (reading) {
      let failure = this.#deflation?.arrivals.proceed();
      if (failure === undefined && !this.inflating) failure = this.#inbox?.resume(this);
      this.#parsed(failure);
    }
    const { answerWaits, code, reason } = this.#ending;
    if (answerWaits && this.#deflation?.departures.busy === false) this.#end(code, reason);
  }

  /** Ends a read. */
  #parsed(failure: FrameFailure | undefined): void {
    const inbox = this.#inbox;
    if (failure !== undefined) {
      this.fail(failure);
    } else if (this.#deflation === undefined && inbox?.idle === true) {
      this.#inbox = undefined;
      inbox.giveBack();
    }
  }

  /** Whether the last {@link probe} is still unanswered. */
  get probePending(): boolean {
    return this.#probe !== undefined;
  }

  /** Pings the peer to learn whether it lives. Only a pong with the same payload says so. */
  probe(payload: Buffer): void {
    this.#probe = payload;
    this.ping(payload);
  }

  /** `compress`: if compression was agreed on and is worth it. */
  text(data: string, compress = true): void {
    if (this.#state !== "open") return;
    if (this.#deflation === undefined) this.outbox.text(data);
    else this.#deflation.departures.message(TEXT, data, compress);
  }

  /** A text message that is UTF-8 already. */
  utf8(data: Uint8Array, compress = true): void {
    this.#bytes(TEXT, data, compress);
  }

  binary(data: Uint8Array, compress = true): void {
    this.#bytes(BINARY, data, compress);
  }

  prepared(message: PreparedMessage): void {
    if (this.#state !== "open") return;
    (this.#deflation?.departures ?? this.outbox).prepared(message);
  }

  /** Calls back when what was sent before is in the outbox, or is `lost`; at once where nothing is deflated. */
  whenDeflated(callback: (lost: boolean) => void): void {
    if (this.#deflation === undefined) callback(false);
    else this.#deflation.departures.after(callback);
  }

  /** The payload has at most 125 bytes (RFC 6455 §5.5). */
  ping(payload: Uint8Array): void {
    if (payload.byteLength > MAX_CONTROL_BYTES) throw new RangeError("a ping holds at most 125 bytes");
    if (this.#state === "open") this.outbox.frame(PING, payload);
  }

  /** RFC 6455 §5.5.3: a pong that answers nothing serves as a one-way heartbeat. */
  pong(payload: Uint8Array): void {
    if (payload.byteLength > MAX_CONTROL_BYTES) throw new RangeError("a pong holds at most 125 bytes");
    if (this.#state === "open") this.outbox.frame(PONG, payload);
  }

  /** Begins the closing handshake (RFC 6455 §7.1.2). Without a code the frame is empty. */
  close(code: number | undefined, reason: string): void {
    // Who relays a close that was never sent, 1006, to a connection that is over must not be thrown at.
    if (this.#state === "done") return;
    const payload = closePayload(code, reason);
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.outbox.releasePong();
    this.#sendClose(payload);
  }

  /** RFC 6455 §7.1.7, fail the connection: say why, then neither send nor process anything, nor what waits. */
  fail(failure: FrameFailure): void {
    if (this.#state === "done") return;
    this.#ending = { ...this.#ending, failure, failed: true };
    if (this.#state === "open" && isWireCloseCode(failure.closeCode)) {
      this.outbox.releasePong();
      this.outbox.frame(CLOSE, closePayload(failure.closeCode, failure.code));
    }
    this.#end(failure.closeCode, failure.code);
  }

  /** The socket is gone or about to be: nothing is sent or processed any more. */
  abort(failure?: FrameFailure): void {
    this.#outbox?.clear();
    if (this.#state === "done") return;
    this.#ending = { ...this.#ending, failure };
    this.#end(failure?.closeCode ?? ABNORMAL, failure?.code ?? "");
  }

  /** @internal The next message in order. `text`: bytes are those of a text. */
  message(message: string | Buffer, text: boolean): void {
    // Once our close frame is queued the peer's messages are no longer wanted.
    if (this.#state !== "open") return;
    const handler = this.handler;
    if (!text || handler?.utf8 === undefined) handler?.message(message);
    else handler.utf8(typeof message === "string" ? Buffer.from(message) : message);
  }

  /** @internal */
  get wantsUtf8(): boolean {
    return this.handler?.utf8 !== undefined;
  }

  /** @internal */
  get mustHold(): boolean {
    return readTurns.mustHold;
  }

  /** @internal */
  deliver(message: AssembledMessage | FrameFailure, text: boolean): FrameFailure | undefined {
    if (message instanceof FrameFailure) return message;
    if (this.#state !== "open") return undefined;
    if (!this.#withinMessageRate()) return TOO_MANY_MESSAGES;
    if (!(message instanceof CompressedMessage) && !this.inflating) {
      const handler = this.handler;
      if (text && typeof message !== "string" && handler !== undefined) handOutText(message, handler);
      else handler?.message(message);
      return undefined;
    }
    const failure = this.#deflation?.arrivals.push(text && message instanceof Buffer ? message.toString() : message);
    if (this.#deflation?.arrivals.full === true) this.#inbox?.suspend();
    return failure;
  }

  #withinMessageRate(): boolean {
    const rate = this.options.messageRate;
    if (rate === undefined) return true;
    this.#rates ??= new PeerRates();
    return this.#rates.message(rate, Protocol.#now);
  }

  /** @internal RFC 6455 §5.5: control frames may come between the fragments of a message and act at once. */
  controlFrame(opcode: number, payload: Buffer): FrameFailure | undefined {
    if (opcode === CLOSE) return this.#closeReceived(payload);
    if (this.#state !== "open") return undefined;
    if (opcode === PING) return this.#pingFrame(payload);
    // RFC 6455 §5.5.3: an unsolicited pong may come, and no response is expected.
    if (this.#probe?.equals(payload)) this.#probe = undefined;
    else this.handler?.pong?.(payload);
    return undefined;
  }

  #closeReceived(payload: Buffer): FrameFailure | undefined {
    if (this.#state !== "open" || !this.inflating) return this.closeFrame(payload);
    // RFC 6455 §5.5.1: nothing follows it.
    this.#inbox?.stop();
    return this.#deflation?.arrivals.push(new HeldClose(payload));
  }

  #pingFrame(payload: Buffer): FrameFailure | undefined {
    this.#rates ??= new PeerRates();
    if (!this.#rates.ping(Protocol.#now)) return TOO_MANY_PINGS;
    // RFC 6455 §5.5.2: a ping MUST be answered by a pong with the same application data.
    if (this.options.autoPong) this.outbox.pong(payload);
    this.handler?.ping?.(payload);
    return undefined;
  }

  /** @internal The peer's close frame, after the messages before it. */
  closeFrame(payload: Buffer): FrameFailure | undefined {
    // RFC 6455 §5.5.1: if there is a body, its first two bytes MUST be the code.
    if (payload.length === 1) return INVALID_CLOSE_PAYLOAD;
    const code = payload.length === 0 ? NO_STATUS : payload.readUInt16BE(0);
    if (payload.length > 0 && !isWireCloseCode(code)) return INVALID_CLOSE_CODE;
    // RFC 6455 §5.5.1: the reason MUST be UTF-8.
    const reason = decodeText(payload, Math.min(2, payload.length), payload.length, false);
    if (reason === undefined) return INVALID_UTF8;
    if (this.#state === "open") {
      this.outbox.releasePong();
      // RFC 6455 §5.5.1: an endpoint that has not sent a close frame MUST send one, typically with the same code. The
      // reason goes back as well, so that the one who closed hears its own.
      this.#sendClose(payload);
    }
    if (this.#deflation?.departures.busy === true) this.#awaitAnswer(code, reason);
    else this.#end(code, reason);
    return undefined;
  }

  #bytes(opcode: number, data: Uint8Array, compress: boolean): void {
    if (this.#state !== "open") return;
    if (this.#deflation === undefined) this.outbox.frame(opcode, data);
    else this.#deflation.departures.message(opcode, data, compress);
  }

  #sendClose(payload: Buffer): void {
    if (this.#deflation === undefined) this.outbox.frame(CLOSE, payload);
    else this.#deflation.departures.close(payload);
  }

  /** Both sides have closed, but our close frame is behind a message that is being deflated. */
  #awaitAnswer(code: number, reason: string): void {
    this.#state = "closing";
    this.#ending = { ...this.#ending, code, reason, answerWaits: true };
    this.#inbox?.stop();
  }

  #end(code: number, reason: string): void {
    this.#state = "done";
    this.#ending = { ...this.#ending, code, reason };
    this.#inbox?.stop();
    this.#inbox?.reset();
    this.#inbox = undefined;
    this.#deflation?.arrivals.clear();
    this.#deflation?.departures.clear();
  }
}

function nothing(): void {}
