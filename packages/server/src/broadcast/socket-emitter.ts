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
import type { DefaultSocketData } from "../event/socket-data.ts";
import { readEmitCall } from "../packet/outgoing.ts";
import { BroadcastOperator } from "./broadcast.ts";
import { type EmitFlags, type SocketOutbox, withKey, withTimeout } from "./socket-outbox.ts";

/**
 * Emits to one socket, or from it to others: `socket.volatile.emit("e")`, `socket.timeout(5000).emitWithAck("e")`,
 * `socket.to("room").emit("e")`.
 *
 * Immutable like the broadcast operator; a socket is itself the emitter without any flag. `CallMap` is the event map as
 * `emit` sees it: with a timeout, callbacks take an error first.
 */
export class SocketEmitter<
  EmitEvents extends EventMap = DefaultEventMap,
  CallMap extends EventMap = EmitEvents,
  SocketData = DefaultSocketData,
> {
  readonly #outbox: SocketOutbox;
  readonly #flags: EmitFlags;

  constructor(outbox: SocketOutbox, flags: EmitFlags) {
    this.#outbox = outbox;
    this.#flags = flags;
  }

  /** The next packet is dropped instead of queued when the transport cannot take it now. */
  get volatile(): SocketEmitter<EmitEvents, CallMap, SocketData> {
    return new SocketEmitter(this.#outbox, { ...this.#flags, volatile: true });
  }

  /**
   * For values of which only the latest counts: with 64 KiB or more waiting the next packet takes the place of the one that
   * waits with the same key, whose acknowledgement never comes. 1 to 256 characters. Throws `key_invalid`.
   */
  coalesce(key: string): SocketEmitter<EmitEvents, CallMap, SocketData> {
    return new SocketEmitter(this.#outbox, withKey(this.#flags, this.#outbox.audience.namespace, key));
  }

  /** Accepted for familiarity: compression is a decision of the transport, per message size. */
  compress(_compress: boolean): SocketEmitter<EmitEvents, CallMap, SocketData> {
    return this;
  }

  /** Waits this many milliseconds for the acknowledgement; the callback gets the error first then. */
  timeout(milliseconds: number): SocketEmitter<EmitEvents, TimeoutEventMap<EmitEvents>, SocketData> {
    return new SocketEmitter(this.#outbox, withTimeout(this.#flags, milliseconds));
  }

  /** Every other socket of the namespace. */
  get broadcast(): BroadcastOperator<EmitEvents, SocketData> {
    const { audience, runtime, id } = this.#outbox;
    return new BroadcastOperator(audience, runtime, { rooms: undefined, except: [id] }, this.#flags);
  }

  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.local;
  }

  /** The other sockets in a room or rooms. */
  to(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  in(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** The other sockets that are not in a room or rooms. */
  except(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.except(room);
  }

  /**
   * Sends an event to the client; false when it was dropped (volatile, or the socket is not connected).
   *
   * A function as last argument is called with the client's acknowledgement, at most once. Throws `unencodable`,
   * `reserved_event` or `too_many_acks`, and nothing is sent.
   */
  emit<Name extends EventNames<CallMap>>(name: Name, ...args: EventArguments<CallMap, Name>): boolean {
    return this.#outbox.emit(readEmitCall(name, args), this.#flags);
  }

  /** Sends a "message" event. */
  send(...args: readonly unknown[]): this {
    this.#outbox.emit(readEmitCall("message", args), this.#flags);
    return this;
  }

  /** The same as `send`. */
  write(...args: readonly unknown[]): this {
    return this.send(...args);
  }

  /** Sends an event and resolves with the client's answer; rejects when time is over or the socket disconnects. */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: EventArgumentsWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EmitEvents, Name>> {
    return new Promise((resolve, reject) => {
      const call = readEmitCall(name, args);
      // What the client answers is what the event map promises for it; nothing is checked here.
      const answer = ([response]: readonly unknown[]): void => resolve(response as AckValue<EmitEvents, Name>);
      this.#outbox.ask(call.args, this.#flags, { answer, fail: reject });
    });
  }
}
