import { ProtocolFailure } from "@everwire/protocol";
import { Denial, denial } from "./denial.ts";
import type { Turnstile } from "./turnstile.ts";

/** Sends the answer of a call; nothing when the client did not ask for one. */
export type Answer = (answer: object) => void;

/** A call as it is served: what it resolves with is the answer, unless it has sent one itself. */
export type Act<Request> = (request: Request, answer: Answer) => Promise<object | undefined>;

/** How a call is read and how often it may be made. */
export interface CallRule<Request> {
  readonly decode: (value: unknown) => Request | ProtocolFailure;
  readonly turnstile: Turnstile;
}

/**
 * The one way for a socket's calls into the service: each is decoded, counted and answered here, and whatever goes wrong
 * in it becomes a refusal with a code.
 */
export class CallGate {
  readonly #maxPending: number;
  readonly #report: (error: unknown) => void;
  #pending = 0;

  constructor(maxPending: number, report: (error: unknown) => void) {
    this.#maxPending = maxPending;
    this.#report = report;
  }

  /** Serves one call, whose arguments are the request and, when an answer is wanted, a function. Never rejects. */
  async pass<Request>(args: readonly unknown[], rule: CallRule<Request>, act: Act<Request>): Promise<void> {
    const answer = answerOf(args);
    try {
      const turn = rule.turnstile.enter();
      if (!(typeof turn === "boolean" ? turn : await turn)) throw denial("rate_limited");
      const request = this.#admit(args[0], rule);
      this.#pending += 1;
      try {
        const result = await act(request, answer);
        if (result !== undefined) answer(result);
      } finally {
        this.#pending -= 1;
      }
    } catch (error) {
      answer(this.#refusal(error));
    }
  }

  #admit<Request>(value: unknown, { decode }: CallRule<Request>): Request {
    if (this.#pending >= this.#maxPending) throw denial("rate_limited");
    const request = decode(value);
    if (request instanceof ProtocolFailure) throw denial(request.code);
    return request;
  }

  // What the application or a bug threw is reported, and the client learns only that it was not its fault.
  #refusal(error: unknown): object {
    if (error instanceof Denial) return error.refusal;
    this.#report(error);
    return denial("internal").refusal;
  }
}

/** The acknowledgement function that the socket put behind the arguments: data of a client is never a function. */
export function answerOf(args: readonly unknown[]): Answer {
  const last = args.at(-1);
  return isAnswer(last) ? last : () => undefined;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "function";
}
