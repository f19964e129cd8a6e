import { NotSupported } from "../client.ts";
import { RawLink } from "./raw-link.ts";
import { ResponseReader } from "./response-reader.ts";
import type { Tally } from "./tally.ts";

export interface AnswerHandler {
  body(text: string): void;
  /** The answer is complete; the next request may follow. */
  end(): void;
}

/**
 * A connection for one request at a time. A server may end it between two, even while the next is on its way: that one is
 * then sent on a new connection, as a browser does it.
 */
export class HttpLink {
  readonly #port: number;
  readonly #tally: Tally;
  readonly #lost: (error: Error) => void;
  #link: RawLink | undefined;
  #answer: AnswerHandler | undefined;
  #status = 0;
  #request = "";
  /** Answers on this connection so far, and whether the present one has begun. */
  #answers = 0;
  #begun = false;

  /** `lost` is called when a request is not answered with 200. */
  constructor(port: number, tally: Tally, lost: (error: Error) => void) {
    this.#port = port;
    this.#tally = tally;
    this.#lost = lost;
  }

  get busy(): boolean {
    return this.#answer !== undefined;
  }

  request(text: string, answer: AnswerHandler): void {
    this.#answer = answer;
    this.#request = text;
    this.#begun = false;
    this.#tally.requests++;
    this.#link ??= this.#dial();
    this.#link.write(text);
  }

  reset(): void {
    this.#link?.reset();
    this.#link = undefined;
    this.#answer = undefined;
  }

  #dial(): RawLink {
    this.#answers = 0;
    const reader = new ResponseReader({
      status: (code) => {
        this.#status = code;
      },
      body: (text) => this.#body(text),
      end: () => this.#end(),
    });
    return new RawLink(this.#port, this.#tally, {
      text: (text) => {
        this.#begun = true;
        reader.push(text);
      },
      closed: (reason) => this.#closed(reason),
    });
  }

  #body(text: string): void {
    if (this.#status === 200) this.#answer?.body(text);
    // Engine.IO, "Transport unknown" and those after it: the server has no such thing.
    else if (this.#status === 400) this.#lost(new NotSupported(text));
    else this.#lost(new Error(`HTTP ${this.#status}: ${text}`));
  }

  #end(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#answers++;
    answer?.end();
  }

  #closed(reason: string): void {
    this.#link = undefined;
    if (this.#answer === undefined) return;
    if (this.#begun || this.#answers === 0) this.#lost(new Error(`connection lost: ${reason}`));
    else this.request(this.#request, this.#answer);
  }
}
