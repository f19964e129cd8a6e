import { isUtf8 } from "node:buffer";
import type { CloseCode, FrameCase, Message, Step } from "./conformance-case.ts";
import { type DeflateAgreement, PeerInflater } from "./deflate-agreement.ts";
import type { RawSocket } from "./raw-socket.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  encodeWireFrame,
  FrameReader,
  PING,
  PONG,
  type Random,
  type ReceivedFrame,
  type Role,
  TEXT,
  type WireFrame,
} from "./wire-frame.ts";

/** How long a peer that may fail at once is waited for, in milliseconds. */
const HOPE = 2_000;

const LOCAL_CODES = new Set([1004, 1005, 1006, 1015]);

const NORMAL = Buffer.from([0x03, 0xe8]);

/** One open connection: sends what a case says, and keeps what comes back. */
export class Exchange {
  readonly echoes: Message[] = [];
  readonly pongs: Buffer[] = [];
  /** The masking keys of what came. */
  readonly keys: Buffer[] = [];
  /** What the peer sent that it never may, whatever the case. */
  readonly violations: string[] = [];
  /** The peer's close frame. */
  close: { readonly code: CloseCode } | undefined;
  /** Whether the peer went on where it was hoped to end the connection. */
  wentOn = false;
  readonly #socket: RawSocket;
  readonly #role: Role;
  readonly #random: Random;
  readonly #reader = new FrameReader();
  #inflater: PeerInflater | undefined;
  #fragments: { readonly text: boolean; readonly compressed: boolean; readonly parts: Buffer[] } | undefined;
  #closeSent = false;

  constructor(socket: RawSocket, role: Role, random: Random) {
    this.#socket = socket;
    this.#role = role;
    this.#random = random;
  }

  /** Whether the peer has ended the connection or begun to. */
  get closing(): boolean {
    return this.close !== undefined || this.#socket.peerEnded;
  }

  /** Begins to read frames, under what the handshake has settled. */
  start(agreement: DeflateAgreement | "none"): void {
    if (agreement !== "none") this.#inflater = new PeerInflater(agreement, this.#role);
    this.#socket.consume((chunk) => {
      for (const frame of this.#reader.push(chunk)) this.#receive(frame);
    });
  }

  /** The bytes of the steps up to the first that waits, for sending them together with a handshake. */
  opening({ send, early }: FrameCase): { readonly bytes: Buffer; readonly rest: readonly Step[] } {
    const end = early === true ? send.findIndex((step) => !("frame" in step || "bytes" in step)) : 0;
    const count = end === -1 ? send.length : end;
    const bytes = send.slice(0, count).map((step) => this.#bytesOf(step));
    return { bytes: Buffer.concat(bytes), rest: send.slice(count) };
  }

  /** Does the steps of a case, and ends the connection the way the case expects it to end. */
  async play(row: FrameCase, steps: readonly Step[] = row.send): Promise<void> {
    let batch: Buffer[] = [];
    for (const step of steps) {
      if ("frame" in step || "bytes" in step) {
        batch.push(this.#bytesOf(step));
        continue;
      }
      await this.#deliver(batch, row);
      batch = [];
      await this.#wait(step);
    }
    await this.#deliver(batch, row);
    await this.#conclude(row);
  }

  /** RFC 6455 §5.5.1: once the peer has said that it closes, nothing more needs to be sent. */
  async #deliver(batch: readonly Buffer[], row: FrameCase): Promise<void> {
    if (batch.length === 0 || this.closing) return;
    await this.#socket.deliver(Buffer.concat(batch), row.delivery ?? "whole", this.#random, () => this.closing);
  }

  async #wait(step: Exclude<Step, { frame: WireFrame } | { bytes: Uint8Array }>): Promise<void> {
    if ("end" in step) this.#socket.finish();
    else if ("awaitEchoes" in step) {
      await this.#socket.until(() => this.closing || this.echoes.length >= step.awaitEchoes);
    } else if ("awaitPongs" in step) {
      await this.#socket.until(() => this.closing || this.pongs.length >= step.awaitPongs);
    } else if (!(await this.#socket.until(() => this.closing, HOPE))) this.wentOn = true;
  }

  /** Brings the connection to its end. Only the end that the case expects first decides how. */
  async #conclude(row: FrameCase): Promise<void> {
    const open = row.expect.find(({ end }) => end.kind === "open");
    if (open !== undefined) {
      const lastPong = open.pongs?.at(-1);
      const ponged = (): boolean => lastPong === undefined || this.pongs.some((pong) => pong.equals(lastPong));
      await this.#socket.until(() => this.closing || (this.echoes.length >= open.echoes.length && ponged()));
      if (!this.closing) await this.#send({ opcode: CLOSE, payload: NORMAL });
    }
    await this.#socket.until(() => this.closing);
    // A peer that failed is owed the same answer as one that closed.
    if (this.close !== undefined && !this.#closeSent) {
      const { code } = this.close;
      await this.#send({ opcode: CLOSE, payload: code === undefined ? Buffer.alloc(0) : codeBytes(code) });
    }
    // RFC 6455 §7.1.1: it is the server who ends the TCP connection.
    if (this.#role === "server") this.#socket.finish();
    await this.#socket.until(() => this.#socket.peerEnded);
    this.#socket.destroy();
  }

  async #send(frame: WireFrame): Promise<void> {
    await this.#socket.deliver(this.#bytesOf({ frame }), "whole", this.#random, () => this.#socket.peerEnded);
  }

  #bytesOf(step: Step): Buffer {
    if ("bytes" in step) return Buffer.from(step.bytes);
    if (!("frame" in step)) return Buffer.alloc(0);
    if (step.frame.opcode === CLOSE) this.#closeSent = true;
    return encodeWireFrame(step.frame, this.#role, this.#random);
  }

  /** What holds for every frame (RFC 6455 §5.1, §5.2, §5.5.1). */
  #receive(frame: ReceivedFrame): void {
    if (this.close !== undefined) this.violations.push("a frame came after the close frame");
    if (!frame.minimal) this.violations.push("a length was not written in the fewest bytes (RFC 6455 §5.2)");
    if ((frame.key === undefined) === (this.#role === "server")) this.violations.push("a frame was masked wrongly");
    if (frame.key !== undefined) this.keys.push(frame.key);
    const mayBeCompressed = this.#inflater !== undefined && (frame.opcode === TEXT || frame.opcode === BINARY);
    if (frame.rsv !== 0 && !(frame.rsv === 4 && mayBeCompressed)) this.violations.push("a reserved bit was set");
    if (frame.opcode >= CLOSE) this.#control(frame);
    else this.#data(frame);
  }

  #control(frame: ReceivedFrame): void {
    if (!frame.fin || frame.payload.length > 125) this.violations.push("a control frame was long or fragmented");
    if (frame.opcode === CLOSE) this.#closeFrame(frame.payload);
    else if (frame.opcode === PONG) this.pongs.push(frame.payload);
    else if (frame.opcode !== PING) this.violations.push(`a frame had the reserved opcode ${frame.opcode}`);
    else if (!this.#closeSent) void this.#send({ opcode: PONG, payload: frame.payload });
  }

  #closeFrame(payload: Buffer): void {
    if (payload.length === 1 || !isUtf8(payload.subarray(2))) this.violations.push("a close frame was malformed");
    const code = payload.length < 2 ? undefined : payload.readUInt16BE();
    // RFC 6455 §7.4: what is reserved, or for local reports only, stands in no frame.
    if (code !== undefined && (code < 1000 || code >= 5000 || LOCAL_CODES.has(code))) {
      this.violations.push(`a close frame had the code ${code}`);
    }
    this.close = { code };
  }

  /** RFC 6455 §5.4, and RFC 7692 §6.2 for a compressed message: the bit of its first frame counts. */
  #data(frame: ReceivedFrame): void {
    if ((frame.opcode === CONTINUATION) !== (this.#fragments !== undefined) || frame.opcode > BINARY) {
      this.violations.push(`a frame of opcode ${frame.opcode} came out of place`);
    }
    this.#fragments ??= { text: frame.opcode === TEXT, compressed: frame.rsv === 4, parts: [] };
    this.#fragments.parts.push(frame.payload);
    if (!frame.fin) return;
    const { text, compressed, parts } = this.#fragments;
    this.#fragments = undefined;
    const joined = Buffer.concat(parts);
    const data = compressed ? this.#inflater?.message(joined) : joined;
    if (data === undefined) this.violations.push("a message did not decompress under the terms agreed on");
    else if (text && !isUtf8(data)) this.violations.push("a text message was not UTF-8");
    this.echoes.push({ text, data: data ?? joined });
  }
}

function codeBytes(code: number): Buffer {
  return Buffer.from([code >> 8, code & 0xff]);
}
