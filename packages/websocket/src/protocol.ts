import { isWireCloseCode, MAX_CLOSE_REASON_BYTES } from "./close-code.ts";
import type { ConnectionHandler } from "./connection-handler.ts";
import type { ResolvedConnectionOptions } from "./connection-options.ts";
import { FrameFailure, frameFailure } from "./failures.ts";
import { CLOSE, PING } from "./frame.ts";
import { FrameParser, type FrameSink, type Role } from "./frame-parser.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { Outbox } from "./outbox.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { TokenBucket } from "./token-bucket.ts";
import { decodeText } from "./utf8.ts";

const INVALID_CLOSE_PAYLOAD = frameFailure("invalid_close_payload");
const INVALID_CLOSE_CODE = frameFailure("invalid_close_code");
const INVALID_UTF8 = frameFailure("invalid_utf8");
const TOO_MANY_PINGS = frameFailure("too_many_pings");
const TOO_MANY_MESSAGES = frameFailure("too_many_messages");

/** Pings a second that are answered over time, and how many may come at once. */
const PING_RATE = 100;
const PING_BURST = 1000;

const MAX_CONTROL_BYTES = 125;
const NO_STATUS = 1005;
const ABNORMAL = 1006;

/**
 * Where a connection stands. *open*: messages go both ways. *closing*: our close frame is queued, the peer's has not
 * come. *done*: no frame goes either way any more; what is queued is still to be written, then the socket is closed.
 */
export type ProtocolState = "open" | "closing" | "done";

/**
 * RFC 6455 after the handshake, as one machine for both roles: bytes go in by `receive`, events go to the handler, bytes
 * come out of the `outbox`. It knows no socket and no timer.
 */
export class Protocol implements FrameSink {
  readonly outbox: Outbox;
  readonly #options: ResolvedConnectionOptions;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  #handler: ConnectionHandler | undefined;
  #state: ProtocolState = "open";
  #closeCode = ABNORMAL;
  #closeReason = "";
  #failed = false;
  /** The opcode of the frame being received. */
  #opcode = 0;
  /** A control payload of which the rest has not come. */
  #control: Buffer | undefined;
  #controlLength = 0;
  #now = 0;
  #pings: TokenBucket | undefined;
  #messages: TokenBucket | undefined;
  /** The payload of a ping of `probe` that no pong has answered yet. */
  #probe: Buffer | undefined;

  constructor(role: Role, options: ResolvedConnectionOptions) {
    this.#options = options;
    this.outbox = new Outbox(role);
    this.#parser = new FrameParser(role, this);
    this.#assembler = new MessageAssembler(options);
  }

  get state(): ProtocolState {
    return this.#state;
  }

  /** What to report when the socket is closed: see ConnectionHandler. */
  get closeCode(): number {
    return this.#closeCode;
  }

  get closeReason(): string {
    return this.#closeReason;
  }

  /** Whether this side failed the connection. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether the peer owes us the rest of a frame or a message. */
  get incomplete(): boolean {
    return this.#parser.insideFrame || this.#assembler.incomplete;
  }

  /** Whether the peer is in the middle of a frame, so that nothing else, not even a pong, can come from it now. */
  get midFrame(): boolean {
    return this.#parser.insideFrame;
  }

  /** Takes a chunk, which belongs to the machine from now on, and tells `handler` what is in it. */
  receive(chunk: Buffer, handler: ConnectionHandler, now: number): void {
    // RFC 6455 §5.5.1 and §7.1.7: after the closing handshake, and after failing, no further data is processed.
    if (this.#state === "done") return;
    this.#handler = handler;
    this.#now = now;
    const failure = this.#parser.push(chunk);
    if (failure !== undefined) this.fail(failure);
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

  text(data: string): void {
    if (this.#state === "open") this.outbox.text(data);
  }

  binary(data: Uint8Array): void {
    if (this.#state === "open") this.outbox.binary(data);
  }

  prepared(message: PreparedMessage): void {
    if (this.#state === "open") this.outbox.prepared(message);
  }

  /** The payload has at most 125 bytes (RFC 6455 §5.5). */
  ping(payload: Uint8Array): void {
    if (payload.byteLength > MAX_CONTROL_BYTES) throw new RangeError("a ping holds at most 125 bytes");
    if (this.#state === "open") this.outbox.frame(PING, payload);
  }

  /** Begins the closing handshake (RFC 6455 §7.1.2). Without a code the frame is empty. */
  close(code: number | undefined, reason: string): void {
    const payload = closePayload(code, reason);
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.outbox.releasePong();
    this.outbox.frame(CLOSE, payload);
  }

  /** RFC 6455 §7.1.7, fail the connection: say why, then neither send nor process anything. */
  fail(failure: FrameFailure): void {
    if (this.#state === "done") return;
    this.#failed = true;
    if (this.#state === "open" && isWireCloseCode(failure.closeCode)) {
      this.outbox.releasePong();
      this.outbox.frame(CLOSE, closePayload(failure.closeCode, failure.code));
    }
    this.#end(failure.closeCode, failure.code);
  }

  /** The socket is gone or about to be: nothing is sent or processed any more. */
  abort(failure?: FrameFailure): void {
    this.outbox.clear();
    if (this.#state !== "done") this.#end(failure?.closeCode ?? ABNORMAL, failure?.code ?? "");
  }

  /** @internal */
  beginFrame(opcode: number, fin: boolean, length: number): FrameFailure | undefined {
    this.#opcode = opcode;
    return opcode < CLOSE ? this.#assembler.begin(opcode, fin, length) : undefined;
  }

  /** @internal */
  framePayload(bytes: Buffer, start: number, end: number, bits: number, last: boolean): FrameFailure | undefined {
    if (this.#opcode >= CLOSE) return this.#controlPayload(bytes, start, end, last);
    const assembler = this.#assembler;
    if (last && assembler.singleFrame) return this.#deliver(assembler.whole(bytes, start, end, bits));
    const failure = assembler.append(bytes, start, end, bits);
    if (failure !== undefined || !last) return failure;
    const message = assembler.endFrame();
    return message === undefined ? undefined : this.#deliver(message);
  }

  #deliver(message: string | Buffer | FrameFailure): FrameFailure | undefined {
    if (message instanceof FrameFailure) return message;
    // Once our close frame is queued the peer's messages are no longer wanted.
    if (this.#state !== "open") return undefined;
    if (!this.#withinMessageRate()) return TOO_MANY_MESSAGES;
    this.#handler?.message(message);
    return undefined;
  }

  #withinMessageRate(): boolean {
    const rate = this.#options.messageRate;
    if (rate === undefined) return true;
    this.#messages ??= new TokenBucket(rate, rate * 2, this.#now);
    return this.#messages.take(this.#now);
  }

  #controlPayload(bytes: Buffer, start: number, end: number, last: boolean): FrameFailure | undefined {
    if (last && this.#control === undefined) return this.#controlFrame(Buffer.from(bytes.subarray(start, end)));
    this.#control ??= Buffer.alloc(MAX_CONTROL_BYTES);
    this.#controlLength += bytes.copy(this.#control, this.#controlLength, start, end);
    if (!last) return undefined;
    const payload = this.#control.subarray(0, this.#controlLength);
    this.#control = undefined;
    this.#controlLength = 0;
    return this.#controlFrame(payload);
  }

  /** RFC 6455 §5.5: control frames may come between the fragments of a message and act at once. */
  #controlFrame(payload: Buffer): FrameFailure | undefined {
    if (this.#opcode === CLOSE) return this.#closeFrame(payload);
    if (this.#state !== "open") return undefined;
    if (this.#opcode === PING) return this.#pingFrame(payload);
    // RFC 6455 §5.5.3: an unsolicited pong may come, and no response is expected.
    if (this.#probe?.equals(payload)) this.#probe = undefined;
    else this.#handler?.pong?.(payload);
    return undefined;
  }

  #pingFrame(payload: Buffer): FrameFailure | undefined {
    this.#pings ??= new TokenBucket(PING_RATE, PING_BURST, this.#now);
    if (!this.#pings.take(this.#now)) return TOO_MANY_PINGS;
    // RFC 6455 §5.5.2: a ping MUST be answered by a pong with the same application data.
    this.outbox.pong(payload);
    this.#handler?.ping?.(payload);
    return undefined;
  }

  #closeFrame(payload: Buffer): FrameFailure | undefined {
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
      this.outbox.frame(CLOSE, payload);
    }
    this.#end(code, reason);
    return undefined;
  }

  #end(code: number, reason: string): void {
    this.#state = "done";
    this.#closeCode = code;
    this.#closeReason = reason;
    this.#parser.stop();
    this.#assembler.reset();
    this.#control = undefined;
  }
}

/** @throws RangeError when the code or the reason must not be sent. */
function closePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) {
    if (reason !== "") throw new RangeError("a close reason needs a code");
    return Buffer.alloc(0);
  }
  if (!Number.isInteger(code) || !isWireCloseCode(code)) throw new RangeError(`${code} cannot be sent as a close code`);
  const text = Buffer.from(reason);
  if (text.length > MAX_CLOSE_REASON_BYTES) throw new RangeError("a close reason has at most 123 bytes");
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  return payload;
}
