import { EventRefused, type EventRule, readRefusal, refusalAnswer } from "@everwire/protocol/contract";
import { ServerError } from "../failures.ts";
import { check } from "./argument-check.ts";

/** Sends the acknowledgement; the first call counts. Throws what cannot be encoded, and may be called again then. */
export type Acknowledge = (...answer: unknown[]) => void;

/**
 * How one event is answered: with what its handler returns or resolves with, in the form that the contract gives it.
 *
 * A client learns only what was meant for it: the answer, an EventRefused that the handler threw, or "event_failed" for
 * everything else, which is reported here.
 */
export class EventReply {
  readonly #rule: EventRule;
  readonly #acknowledge: Acknowledge | undefined;
  readonly #failed: (error: unknown) => void;

  /** `acknowledge` is undefined when the client wants no answer. */
  constructor(rule: EventRule, acknowledge: Acknowledge | undefined, failed: (error: unknown) => void) {
    this.#rule = rule;
    this.#acknowledge = acknowledge;
    this.#failed = failed;
  }

  /** The handler's result is awaited; undefined when there is no handler. */
  serve(result: Promise<unknown> | undefined): void {
    if (result === undefined) this.refuse(new EventRefused("unhandled_event"));
    else result.then((value) => this.#answer(value)).catch((error: unknown) => this.#fail(error));
  }

  /** A packet middleware did not let the event pass. Why, is for the server alone. */
  reject(): void {
    this.refuse(new EventRefused("event_failed"));
  }

  refuse(refusal: EventRefused): void {
    this.#acknowledge?.(refusalAnswer(refusal));
  }

  async #answer(value: unknown): Promise<void> {
    const { ack } = this.#rule;
    if (this.#acknowledge === undefined) return;
    if (ack === undefined) {
      this.#acknowledge();
      return;
    }
    const result = await check(ack, value);
    if (result.issues !== undefined) throw new ServerError("answer_invalid", result.issues[0]?.message);
    // The client would take it for a refusal.
    if (readRefusal(result.value) !== undefined)
      throw new ServerError("answer_invalid", "it has the form of a refusal");
    this.#acknowledge(result.value);
  }

  #fail(error: unknown): void {
    if (!(error instanceof EventRefused)) this.#failed(error);
    else if (this.#refused(error)) return;
    this.refuse(new EventRefused("event_failed"));
  }

  /** False when its data cannot be encoded. */
  #refused(refusal: EventRefused): boolean {
    try {
      this.refuse(refusal);
      return true;
    } catch (unencodable) {
      this.#failed(unencodable);
      return false;
    }
  }
}
