import type { EventPacket } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import type { PendingAck } from "../event/acknowledgements.ts";
import { ServerError } from "../failures.ts";
import { type EmitCall, encodeOutgoing } from "../packet/outgoing.ts";
import type { Recorder } from "../recovery/recorder.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Audience, Crowd, Receiver, Selection } from "./audience.ts";
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
    for (const audience of this.#crowd.audiences) {
      if (audience.recorder === undefined) this.#deliver(audience, this.#encode(eventOf(audience, args)), args);
      else this.#record(audience, audience.recorder, args);
    }
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
      const receivers = this.#deliver(audience, this.#encode({ ...eventOf(audience, args), id }), args);
      open += receivers.length;
      const pending = audience.contract?.awaiting(args[0], tally, (error) => this.#report(error, audience)) ?? tally;
      for (const receiver of receivers) this.#expect(receiver, id, pending);
    }
    settle();
  }

  #encode(packet: EventPacket): OutgoingPacket {
    return encodeOutgoing(packet, this.#runtime.codec);
  }

  /** Sends what clients that are away will get when they come back. */
  #record(audience: Audience, recorder: Recorder, args: EmitCall["args"]): void {
    recorder.send(args, this.#selection, this.#flags, (packet) => void this.#deliver(audience, packet, args));
  }

  #deliver(audience: Audience, packet: OutgoingPacket, args: EmitCall["args"]): Receiver[] {
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

  #report(error: unknown, { namespace }: Audience): void {
    this.#runtime.report(error, namespace);
  }

  #expect(receiver: Receiver, id: number, pending: PendingAck): void {
    try {
      receiver.expect(id, pending, this.#flags.timeout ?? this.#runtime.options.ackTimeout);
    } catch {
      // The receiver owes too many acknowledgements already: it counts as one that does not answer.
      pending.fail?.(new ServerError("too_many_acks"));
    }
  }
}

function eventOf({ namespace }: Audience, args: EmitCall["args"]): EventPacket {
  return { type: "event", namespace, args };
}
