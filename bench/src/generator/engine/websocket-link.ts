import { NotSupported } from "../client.ts";
import { clientFrame, TEXT } from "../frame.ts";
import type { BrowserRequest } from "./browser-request.ts";
import { RawLink } from "./raw-link.ts";
import type { Tally } from "./tally.ts";

const TEXT_FRAME = 0x80 | TEXT;

/** Text messages over a WebSocket. Frames from the server are whole, text and shorter than 64 KiB, or the run ends. */
export class WebSocketLink {
  readonly #message: (text: string) => void;
  readonly #lost: (error: Error) => void;
  readonly #link: RawLink;
  #open = false;
  #waiting = "";
  /** The last message that was sent, and its frame: loads say the same again and again. */
  #lastText = "";
  #lastFrame: Buffer = Buffer.alloc(0);

  constructor(
    { port, request, path, tally }: { port: number; request: BrowserRequest; path: string; tally: Tally },
    message: (text: string) => void,
    lost: (error: Error) => void,
  ) {
    this.#message = message;
    this.#lost = lost;
    this.#link = new RawLink(port, tally, {
      text: (text) => this.#receive(text),
      closed: (reason) => lost(new Error(`connection lost: ${reason}`)),
    });
    tally.requests++;
    this.#link.write(request.upgrade(path));
  }

  send(text: string): void {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastFrame = clientFrame(TEXT, Buffer.from(text));
    }
    this.#link.write(this.#lastFrame);
  }

  /** Frames as they are on the wire. */
  write(frames: Buffer): void {
    this.#link.write(frames);
  }

  /** From now on what comes is only counted. */
  count(take: (bytes: number) => void): void {
    this.#link.count = take;
  }

  reset(): void {
    this.#link.reset();
  }

  #receive(text: string): void {
    this.#waiting = this.#waiting === "" ? text : this.#waiting + text;
    if (!this.#open && !this.#readHead()) return;
    while (this.#readFrame());
  }

  #readHead(): boolean {
    const end = this.#waiting.indexOf("\r\n\r\n");
    if (end === -1) return false;
    if (!this.#waiting.startsWith("HTTP/1.1 101 ")) {
      const reason = this.#waiting.slice(0, 400);
      this.#lost(reason.startsWith("HTTP/1.1 400 ") ? new NotSupported(reason) : new Error(`handshake: ${reason}`));
      return false;
    }
    this.#waiting = this.#waiting.slice(end + 4);
    this.#open = true;
    return true;
  }

  /** RFC 6455 §5.2. */
  #readFrame(): boolean {
    const bytes = this.#waiting;
    if (bytes.length < 2) return false;
    const short = bytes.charCodeAt(1);
    const start = short === 126 ? 4 : 2;
    if (bytes.charCodeAt(0) !== TEXT_FRAME || short > 126) {
      this.#lost(new Error(`not a frame that was expected: ${bytes.slice(0, 40)}`));
      return false;
    }
    if (bytes.length < start) return false;
    const end = start + (short === 126 ? bytes.charCodeAt(2) * 256 + bytes.charCodeAt(3) : short);
    if (bytes.length < end) return false;
    this.#waiting = bytes.slice(end);
    this.#message(bytes.slice(start, end));
    return this.#waiting !== "";
  }
}
