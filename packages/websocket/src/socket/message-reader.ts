import { type Deadline, deadlines } from "../connection/deadline-wheel.ts";
import { describeCloseCode } from "../frame/close-code.ts";
import type { CloseInfo, ConnectionClosedError } from "./connection-closed-error.ts";

/** Reading pauses when this many messages, or bytes, wait to be taken. What the last read brought still comes. */
const MAX_WAITING_MESSAGES = 16;
const MAX_WAITING_BYTES = 1024 * 1024;

/** One message, as a loop or `receive` gives it. */
export interface Message {
  /** Text as string, binary as Buffer. */
  readonly data: string | Buffer;
  readonly isBinary: boolean;
}

export interface ReceiveOptions {
  /** Gives the wait up: it rejects with the signal's reason. No message is lost. */
  readonly signal?: AbortSignal;
  /** The longest wait in milliseconds: then it rejects with a `TimeoutError`. No message is lost. */
  readonly deadline?: number;
}

/** What a reader tells the connection when it has enough, and when it wants more. */
export interface MessageSource {
  pause(): void;
  resume(): void;
}

interface Waiter {
  settle(message: Message | undefined, error: unknown): void;
}

/**
 * Messages in the order of arrival for those who ask for them one by one. The queue is bounded by pausing the
 * connection: a peer that sends faster than the messages are taken has to wait.
 */
export class MessageReader {
  /** What is kept is about to go to somebody who listens. */
  handingOver = false;
  readonly #source: MessageSource;
  readonly #messages: Message[] = [];
  readonly #waiters: Waiter[] = [];
  #bytes = 0;
  #paused = false;
  #looping = false;
  #end: { readonly error: ConnectionClosedError; readonly expected: boolean } | undefined;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  /** A message has come. */
  push(data: string | Buffer): void {
    const message = { data, isBinary: typeof data !== "string" };
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.settle(message, undefined);
      return;
    }
    this.#messages.push(message);
    this.#bytes += data.length;
    if (this.#messages.length < MAX_WAITING_MESSAGES && this.#bytes < MAX_WAITING_BYTES) return;
    this.#paused = true;
    this.#source.pause();
  }

  /** No message comes any more. `asked`: this side wanted the end, whatever its code. */
  end(info: CloseInfo, error: ConnectionClosedError, asked: boolean): void {
    this.#end = { error, expected: asked || (info.code !== 1006 && describeCloseCode(info.code).expected) };
    for (const waiter of this.#waiters.splice(0)) waiter.settle(undefined, error);
  }

  /** Takes all that waits, for somebody else to deal with. */
  take(): readonly Message[] {
    this.#bytes = 0;
    const all = this.#messages.splice(0);
    this.#wantMore();
    return all;
  }

  /** The next message. Rejects when the connection is over and no message is left. */
  receive({ signal, deadline }: ReceiveOptions = {}): Promise<Message> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const message = this.#messages.shift();
    if (message !== undefined) {
      this.#bytes -= message.data.length;
      if (this.#messages.length === 0) this.#wantMore();
      return Promise.resolve(message);
    }
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    this.#source.resume();
    this.#paused = false;
    return this.#wait(signal, deadline);
  }

  /** Whether a loop has begun or somebody waits for a message. */
  get wanted(): boolean {
    return this.#looping || this.#waiters.length > 0;
  }

  /** The messages to the end of the connection. Throws when it ended otherwise than connections do. */
  async *messages(): AsyncGenerator<Message, void, undefined> {
    this.#looping = true;
    for (;;) {
      const message = await this.#nextOrEnd();
      if (message === undefined) return;
      yield message;
    }
  }

  async #nextOrEnd(): Promise<Message | undefined> {
    try {
      return await this.receive();
    } catch (error) {
      if (this.#end !== undefined && this.#end.error === error && this.#end.expected) return undefined;
      throw error;
    }
  }

  #wantMore(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  #wait(signal: AbortSignal | undefined, ms: number | undefined): Promise<Message> {
    return new Promise((resolve, reject) => {
      let deadline: Deadline | undefined;
      const waiter: Waiter = {
        settle: (message, error) => {
          deadline?.cancel();
          signal?.removeEventListener("abort", onAbort);
          if (message !== undefined) resolve(message);
          else reject(error);
        },
      };
      const giveUp = (error: unknown): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.settle(undefined, error);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (ms !== undefined) deadline = deadlines.set(ms, () => giveUp(timedOut()));
      this.#waiters.push(waiter);
    });
  }
}

function timedOut(): DOMException {
  return new DOMException("no message came in time", "TimeoutError");
}
