import { EventRefused, refusalAnswer } from "@everwire/protocol/contract";
import type { SetDeadline } from "../event/acknowledgements.ts";

/** When credentials end: milliseconds since the Unix epoch, as tokens have it. Undefined: never. */
export type Expiry = number | Date | undefined;

/**
 * Judges new credentials of a connected socket: returns or resolves to when they end, or to `false` to refuse them. An
 * EventRefused that it throws is shown to the client; whatever else it throws is reported, and the client learns only that
 * it failed. A refusal changes nothing: the old credentials hold until they end.
 */
export type Renewal<S> = (
  socket: S,
  auth: Readonly<Record<string, unknown>>,
) => Expiry | false | Promise<Expiry | false>;

/** Events of Everwire beside those of the application (docs/server.md, "Authentication that ends"). */
export const RENEW = "auth:renew";
export const EXPIRED = "auth:expired";

/** The socket, as its credentials see it. */
export interface CredentialsHost {
  readonly setDeadline: SetDeadline;
  /** Milliseconds before the end at which the client is asked for new ones. */
  readonly renewBefore: number;
  /** Milliseconds that a judgement may take. */
  readonly timeout: number;
  /** Undefined where nothing can be renewed. */
  readonly judge: ((auth: Readonly<Record<string, unknown>>) => unknown) | undefined;
  tell(event: string, data: object): void;
  /** Remembers what was accepted. */
  accept(auth: Readonly<Record<string, unknown>>): void;
  disconnect(): void;
  failed(error: unknown): void;
}

/** The longest that a timer of the platform can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * How long a socket's client is who it proved to be. It is told in time, renews on the live connection, and is disconnected
 * when it does not.
 *
 * The end is a time of the wall clock, because it is one of tokens; what is waited for is measured on a monotonic one.
 */
export class Credentials {
  readonly #host: CredentialsHost;
  #expires: number | undefined;
  #deadline: { cancel(): void } | undefined;
  #state: "new" | "live" | "ended" = "new";
  #judging = false;

  constructor(host: CredentialsHost) {
    this.#host = host;
  }

  /** When they end, in milliseconds since the Unix epoch. */
  get expires(): number | undefined {
    return this.#expires;
  }

  /** Throws a RangeError for what is no time. */
  set(expiry: Expiry): void {
    const expires = expiry instanceof Date ? expiry.getTime() : expiry;
    if (expires !== undefined && !Number.isFinite(expires)) throw new RangeError("an expiry is a time");
    this.#expires = expires;
    if (this.#state === "live") this.#watch();
  }

  /** The socket is connected: time begins to count, unless the socket has gone in the same moment. */
  begin(): void {
    if (this.#state === "ended") return;
    this.#state = "live";
    this.#watch();
  }

  /** The socket has gone. */
  end(): void {
    this.#state = "ended";
    this.#deadline?.cancel();
  }

  /** The client has new ones. `answer` is called once. */
  async renew(auth: unknown, answer: (answer: object) => void): Promise<void> {
    const { judge } = this.#host;
    if (judge === undefined || this.#judging || !isRecord(auth)) {
      answer(refused(this.#judging ? "renewal_pending" : "renewal_refused", this.#judging));
      return;
    }
    this.#judging = true;
    const result = await this.#judge(() => judge(auth));
    this.#judging = false;
    if (this.#state !== "live") return;
    if (result instanceof EventRefused) {
      answer(refusalAnswer(result));
      return;
    }
    this.#host.accept(auth);
    this.set(result);
    answer({ expires: this.#expires ?? null });
  }

  /** Never rejects, and takes no longer than it may. */
  #judge(judge: () => unknown): Promise<Expiry | EventRefused> {
    return new Promise((resolve) => {
      const failed = new EventRefused("renewal_failed", "the credentials could not be judged", { retry: true });
      const deadline = this.#host.setDeadline(this.#host.timeout, () => resolve(failed));
      const settle = (result: Expiry | EventRefused): void => {
        deadline.cancel();
        resolve(result);
      };
      new Promise((judged) => judged(judge())).then(
        (result) =>
          settle(isExpiry(result) ? result : new EventRefused("renewal_refused", "the credentials were refused")),
        (error: unknown) => {
          if (!(error instanceof EventRefused)) this.#host.failed(error);
          settle(error instanceof EventRefused ? error : failed);
        },
      );
    });
  }

  #watch(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (this.#expires === undefined) return;
    const left = this.#expires - Date.now();
    const warning = this.#host.judge === undefined ? 0 : left - this.#host.renewBefore;
    if (warning > 0) this.#wait(warning, () => this.#watch());
    else {
      if (left > 0 && this.#host.judge !== undefined) this.#host.tell(RENEW, { expires: this.#expires });
      this.#wait(left, () => this.#expire());
    }
  }

  #expire(): void {
    const left = (this.#expires ?? 0) - Date.now();
    if (left > 0) {
      this.#wait(left, () => this.#expire());
      return;
    }
    this.#host.tell(EXPIRED, { expires: this.#expires });
    this.#host.disconnect();
  }

  #wait(ms: number, then: () => void): void {
    this.#deadline = this.#host.setDeadline(Math.min(Math.max(1, ms), LONGEST), then);
  }
}

function refused(code: string, retry: boolean): object {
  const message = retry ? "other credentials are being judged" : "the credentials were refused";
  return refusalAnswer(new EventRefused(code, message, { retry }));
}

function isExpiry(result: unknown): result is Expiry {
  if (result === undefined) return true;
  return result instanceof Date
    ? Number.isFinite(result.getTime())
    : typeof result === "number" && Number.isFinite(result);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
