import type {
  AckValue,
  BroadcastEventMap,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventMap,
  EventNames,
  EventNamesWithAck,
} from "@everwire/protocol";
import type { Audience, Receiver, Selection } from "./audience.ts";
import { ServerError } from "./failures.ts";
import { call } from "./listener-map.ts";
import { type EmitCall, encodeOutgoing, readEmitCall } from "./outgoing.ts";
import type { Runtime } from "./runtime.ts";
import { type EmitFlags, PLAIN, withTimeout } from "./socket-outbox.ts";

const EVERYBODY: Selection = { rooms: undefined, except: [] };

/**
 * An emit to many sockets, described step by step: `io.to("a").except("b").volatile.emit("e", 1)`.
 *
 * Immutable: each step returns a new operator, so one may be kept and used again. The event is encoded once, however many
 * sockets receive it; each selected socket receives it once, however many of the rooms it is in; and a socket receives the
 * broadcasts of a process in the order of the `emit` calls.
 */
export class BroadcastOperator<EmitEvents extends EventMap = DefaultEventMap> {
  readonly #audience: Audience;
  readonly #runtime: Runtime;
  readonly #selection: Selection;
  readonly #flags: EmitFlags;

  constructor(audience: Audience, runtime: Runtime, selection: Selection = EVERYBODY, flags: EmitFlags = PLAIN) {
    this.#audience = audience;
    this.#runtime = runtime;
    this.#selection = selection;
    this.#flags = flags;
  }

  /** Only sockets in this room, or in any of these rooms. */
  to(room: string | readonly string[]): BroadcastOperator<EmitEvents> {
    return this.#select({ ...this.#selection, rooms: [...(this.#selection.rooms ?? []), ...names(room)] });
  }

  /** The same as `to`. */
  in(room: string | readonly string[]): BroadcastOperator<EmitEvents> {
    return this.to(room);
  }

  /** Not the sockets in this room, or in any of these rooms. */
  except(room: string | readonly string[]): BroadcastOperator<EmitEvents> {
    return this.#select({ ...this.#selection, except: [...this.#selection.except, ...names(room)] });
  }

  /** Sockets whose transport cannot take the packet now do not receive it. */
  get volatile(): BroadcastOperator<EmitEvents> {
    return this.#flag({ ...this.#flags, volatile: true });
  }

  /** Only sockets of this node. There is one node until a bus is attached, so nothing changes yet. */
  get local(): BroadcastOperator<EmitEvents> {
    return this;
  }

  /** Accepted for familiarity: compression is a decision of the transport, per message size. */
  compress(_compress: boolean): BroadcastOperator<EmitEvents> {
    return this;
  }

  /** How long to wait for acknowledgements, in milliseconds. */
  timeout(milliseconds: number): BroadcastOperator<EmitEvents> {
    return this.#flag(withTimeout(this.#flags, milliseconds));
  }

  /**
   * Sends the event. With a callback as last argument the receivers are asked to acknowledge:
   * `callback(error, responses)` once all have, or with an error and the responses so far once time is over.
   * Throws `unencodable` or `reserved_event`, and nothing is sent.
   */
  emit<Name extends EventNames<BroadcastEventMap<EmitEvents>>>(
    name: Name,
    ...args: EventArguments<BroadcastEventMap<EmitEvents>, Name>
  ): true {
    const { args: event, callback } = readEmitCall(name, args);
    if (callback === undefined) this.#deliver(event);
    else {
      const failed = (error: unknown): void => this.#runtime.report(error, this.#audience.namespace);
      this.#ask(event, (error, responses) => call(callback, [error, responses], failed));
    }
    return true;
  }

  /** Sends the event and resolves with one response of each receiver; rejects with `responses` so far when time is over. */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: EventArgumentsWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EmitEvents, Name>[]> {
    return new Promise((resolve, reject) => {
      const call = readEmitCall(name, args);
      this.#ask(call.args, (error, responses) => {
        // What clients answer is what the event map promises for them; nothing is checked here.
        if (error === null) resolve(responses as AckValue<EmitEvents, Name>[]);
        else reject(error);
      });
    });
  }

  /** Makes the selected sockets join a room or rooms. */
  socketsJoin(rooms: string | readonly string[]): void {
    for (const receiver of this.#receivers()) receiver.join(rooms);
  }

  /** Makes the selected sockets leave a room or rooms. */
  socketsLeave(rooms: string | readonly string[]): void {
    for (const receiver of this.#receivers()) for (const room of names(rooms)) receiver.leave(room);
  }

  /** Disconnects the selected sockets; with `close` their whole sessions. */
  disconnectSockets(close: boolean = false): void {
    for (const receiver of this.#receivers()) receiver.disconnect(close);
  }

  #receivers(): Receiver[] {
    return this.#audience.select(this.#selection);
  }

  #deliver(args: EmitCall["args"], id?: number): Receiver[] {
    const { namespace } = this.#audience;
    const packet = encodeOutgoing({ type: "event", namespace, args, ...(id === undefined ? {} : { id }) });
    const receivers = this.#receivers();
    for (const receiver of receivers) receiver.deliver(packet, this.#flags.volatile, args);
    return receivers;
  }

  #ask(args: EmitCall["args"], done: (error: ServerError | null, responses: unknown[]) => void): void {
    const id = this.#audience.nextAckId();
    const responses: unknown[] = [];
    let missing = 0;
    // One more than the receivers, so that nothing is over before all of them have been asked.
    let open = 1;
    const settle = (): void => {
      open -= 1;
      if (open === 0) done(missing === 0 ? null : new ServerError("ack_timed_out", undefined, responses), responses);
    };
    const answer = ([response]: readonly unknown[]): void => {
      responses.push(response);
      settle();
    };
    const fail = (): void => {
      missing += 1;
      settle();
    };
    const receivers = this.#deliver(args, id);
    open += receivers.length;
    for (const receiver of receivers) this.#expect(receiver, id, answer, fail);
    settle();
  }

  #expect(receiver: Receiver, id: number, answer: (args: readonly unknown[]) => void, fail: () => void): void {
    try {
      receiver.expect(id, { answer, fail }, this.#flags.timeout ?? this.#runtime.options.ackTimeout);
    } catch {
      // The receiver owes too many acknowledgements already: it counts as one that does not answer.
      fail();
    }
  }

  #select(selection: Selection): BroadcastOperator<EmitEvents> {
    return new BroadcastOperator(this.#audience, this.#runtime, selection, this.#flags);
  }

  #flag(flags: EmitFlags): BroadcastOperator<EmitEvents> {
    return new BroadcastOperator(this.#audience, this.#runtime, this.#selection, flags);
  }
}

function names(rooms: string | readonly string[]): readonly string[] {
  return typeof rooms === "string" ? [rooms] : rooms;
}
