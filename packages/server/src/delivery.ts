import type { Audience, Crowd, Receiver, Selection } from "./audience.ts";
import { ServerError } from "./failures.ts";
import { type EmitCall, encodeOutgoing } from "./outgoing.ts";
import type { Runtime } from "./runtime.ts";
import type { EmitFlags } from "./socket-outbox.ts";

/** Called once: with null when every receiver has answered, else with the error; the responses are those that came. */
export type AnswersDone = (error: ServerError | null, responses: unknown[]) => void;

/** An answer is counted, or the want of one. */
interface Tally {
  answer(args: readonly unknown[]): void;
  fail(): void;
}

/**
 * Carries an event to the sockets of a selection, and brings their answers back.
 *
 * One packet per namespace is encoded, however many sockets receive it; a selection is looked up anew with each call.
 */
export class Delivery {
  readonly #crowd: Crowd;
  readonly #runtime: Runtime;
  readonly #selection: Selection;
  readonly #flags: EmitFlags;

  constructor(crowd: Crowd, runtime: Runtime, selection: Selection, flags: EmitFlags) {
    this.#crowd = crowd;
    this.#runtime = runtime;
    this.#selection = selection;
    this.#flags = flags;
  }

  /** The sockets that would get an event now. */
  receivers(): Receiver[] {
    return this.#crowd.audiences.flatMap((audience) => audience.select(this.#selection));
  }

  /** Sends without waiting for anything. Throws `unencodable`, and nothing is sent. */
  send(args: EmitCall["args"]): void {
    for (const audience of this.#crowd.audiences) this.#send(audience, args);
  }

  /** Sends and waits until every receiver has answered, or can no longer. Throws as `send` does. */
  ask(args: EmitCall["args"], done: AnswersDone): void {
    const responses: unknown[] = [];
    let missing = 0;
    // One more than the receivers, so that nothing is over before all of them have been asked.
    let open = 1;
    const settle = (): void => {
      open -= 1;
      if (open === 0) done(missing === 0 ? null : new ServerError("ack_timed_out", undefined, responses), responses);
    };
    const tally: Tally = {
      answer: ([response]) => {
        responses.push(response);
        settle();
      },
      fail: () => {
        missing += 1;
        settle();
      },
    };
    for (const audience of this.#crowd.audiences) {
      const id = audience.nextAckId();
      const receivers = this.#send(audience, args, id);
      open += receivers.length;
      for (const receiver of receivers) this.#expect(receiver, id, tally);
    }
    settle();
  }

  #send(audience: Audience, args: EmitCall["args"], id?: number): Receiver[] {
    const { namespace } = audience;
    const packet = encodeOutgoing({ type: "event", namespace, args, ...(id === undefined ? {} : { id }) });
    const receivers = audience.select(this.#selection);
    const flags = this.#flagsFor(audience);
    for (const receiver of receivers) receiver.deliver(packet, flags, args);
    return receivers;
  }

  // A key belongs to a namespace. Those of a parent start with its name, which is nobody's namespace: with the child's name
  // instead, the children do not replace each other's packets, and each replaces its own.
  #flagsFor(audience: Audience): EmitFlags {
    const { coalesce } = this.#flags;
    if (coalesce === undefined || audience === this.#crowd) return this.#flags;
    return { ...this.#flags, coalesce: audience.namespace + coalesce.slice(this.#crowd.namespace.length) };
  }

  #expect(receiver: Receiver, id: number, tally: Tally): void {
    try {
      receiver.expect(id, tally, this.#flags.timeout ?? this.#runtime.options.ackTimeout);
    } catch {
      // The receiver owes too many acknowledgements already: it counts as one that does not answer.
      tally.fail();
    }
  }
}
