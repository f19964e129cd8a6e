import type {
  AckValue,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventMap,
  EventNames,
  EventNamesWithAck,
  TimeoutEventMap,
} from "@everwire/protocol";
import type { Handshake } from "../engine/handshake.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { ServerError } from "../failures.ts";
import { readEmitCall } from "../packet/outgoing.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Crowd, Receiver } from "./audience.ts";
import { Delivery } from "./delivery.ts";
import { type EmitFlags, PLAIN, pendingCallback, withTimeout } from "./socket-outbox.ts";

/** Where a view's socket is found: the namespace, and the id, which is also the room of that socket alone. */
interface Whereabouts {
  readonly crowd: Crowd;
  readonly runtime: Runtime;
  readonly id: string;
}

/** Emits to the socket of a view, with the flags that were chosen on the way. */
export class RemoteEmitter<EmitEvents extends EventMap = DefaultEventMap, CallMap extends EventMap = EmitEvents> {
  readonly #where: Whereabouts;
  readonly #flags: EmitFlags;

  constructor(where: Whereabouts, flags: EmitFlags) {
    this.#where = where;
    this.#flags = flags;
  }

  /** Waits this many milliseconds for the acknowledgement; the callback gets the error first then. */
  timeout(milliseconds: number): RemoteEmitter<EmitEvents, TimeoutEventMap<EmitEvents>> {
    return new RemoteEmitter(this.#where, withTimeout(this.#flags, milliseconds));
  }

  /**
   * Sends an event to the client. A function as last argument is called with its answer, as with `socket.emit`; when the
   * socket has gone there is none. Throws `unencodable` or `reserved_event`, and nothing is sent.
   */
  emit<Name extends EventNames<CallMap>>(name: Name, ...args: EventArguments<CallMap, Name>): true {
    const call = readEmitCall(name, args);
    if (call.callback === undefined) this.#delivery().send(call.args);
    else {
      const failed = (error: unknown): void => this.#where.runtime.report(error, this.#where.crowd.namespace);
      const pending = pendingCallback(call.callback, this.#flags.timeout !== undefined, failed);
      this.#ask(
        call.args,
        (response) => pending.answer([response]),
        (error) => pending.fail?.(error),
      );
    }
    return true;
  }

  /** Sends an event and resolves with the client's answer; rejects when time is over or the socket has gone. */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: EventArgumentsWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EmitEvents, Name>> {
    return new Promise((resolve, reject) => {
      // What the client answers is what the event map promises for it; nothing is checked here.
      const answer = (response: unknown): void => resolve(response as AckValue<EmitEvents, Name>);
      this.#ask(readEmitCall(name, args).args, answer, reject);
    });
  }

  #ask(
    args: readonly [name: string | number, ...unknown[]],
    answer: (response: unknown) => void,
    fail: (error: ServerError) => void,
  ): void {
    this.#delivery().ask(args, (error, responses) => {
      if (error !== null) fail(error);
      else if (responses.length === 0) fail(new ServerError("ack_disconnected"));
      else answer(responses[0]);
    });
  }

  #delivery(): Delivery {
    const { crowd, runtime, id } = this.#where;
    return new Delivery(crowd, runtime, { rooms: [id], except: [] }, this.#flags);
  }
}

/**
 * A connected socket as `fetchSockets` found it: its id and handshake, the rooms it was in at that moment, and its `data`.
 * What is done with it acts on the socket itself, and on nobody once that has gone.
 */
export class RemoteSocket<
  EmitEvents extends EventMap = DefaultEventMap,
  SocketData = DefaultSocketData,
> extends RemoteEmitter<EmitEvents> {
  readonly id: string;
  readonly handshake: Handshake;
  readonly rooms: ReadonlySet<string>;
  /** Of a socket of this process the very object that the socket has. */
  readonly data: SocketData;
  readonly #delivery: Delivery;

  constructor(receiver: Receiver, crowd: Crowd, runtime: Runtime) {
    super({ crowd, runtime, id: receiver.id }, PLAIN);
    this.id = receiver.id;
    this.handshake = receiver.handshake;
    this.rooms = new Set(receiver.rooms);
    // The type is what the application says its middlewares fill in.
    this.data = receiver.data as SocketData;
    this.#delivery = new Delivery(crowd, runtime, { rooms: [receiver.id], except: [] }, PLAIN);
  }

  join(rooms: string | readonly string[]): void {
    for (const receiver of this.#delivery.receivers()) receiver.join(rooms);
  }

  leave(room: string): void {
    for (const receiver of this.#delivery.receivers()) receiver.leave(room);
  }

  /** Disconnects from the namespace; with `close` the client's whole session. */
  disconnect(close: boolean = false): this {
    for (const receiver of this.#delivery.receivers()) receiver.disconnect(close);
    return this;
  }
}
