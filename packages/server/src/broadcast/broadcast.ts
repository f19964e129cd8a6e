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
import { call } from "../event/listener-map.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { type EmitCall, readEmitCall } from "../packet/outgoing.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Crowd, Receiver, Selection } from "./audience.ts";
import { Delivery } from "./delivery.ts";
import { RemoteSocket } from "./remote-socket.ts";
import { type EmitFlags, PLAIN, withKey, withTimeout } from "./socket-outbox.ts";

const EVERYBODY: Selection = { rooms: undefined, except: [] };

/**
 * An emit to many sockets, described step by step: `io.to("a").except("b").volatile.emit("e", 1)`.
 *
 * Immutable: each step returns a new operator, so one may be kept and used again. The event is encoded once, however many
 * sockets receive it; each selected socket receives it once, however many of the rooms it is in; and a socket receives the
 * broadcasts of a process in the order of the `emit` calls.
 */
export class BroadcastOperator<EmitEvents extends EventMap = DefaultEventMap, SocketData = DefaultSocketData> {
  readonly #audience: Crowd;
  readonly #runtime: Runtime;
  readonly #selection: Selection;
  readonly #flags: EmitFlags;

  constructor(audience: Crowd, runtime: Runtime, selection: Selection = EVERYBODY, flags: EmitFlags = PLAIN) {
    this.#audience = audience;
    this.#runtime = runtime;
    this.#selection = selection;
    this.#flags = flags;
  }

  /** Only sockets in this room, or in any of these rooms. */
  to(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#select({ ...this.#selection, rooms: [...(this.#selection.rooms ?? []), ...names(room)] });
  }

  /** The same as `to`. */
  in(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** Not the sockets in this room, or in any of these rooms. */
  except(room: string | readonly string[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#select({ ...this.#selection, except: [...this.#selection.except, ...names(room)] });
  }

  /** Sockets whose transport cannot take the packet now do not receive it. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#flag({ ...this.#flags, volatile: true });
  }

  /**
   * For values of which only the latest counts: to a socket with 64 KiB or more waiting the packet takes the place of the
   * one that waits with the same key. A key is one for all rooms and events of the namespace, 1 to 256 characters.
   * Throws `key_invalid`.
   */
  coalesce(key: string): BroadcastOperator<EmitEvents, SocketData> {
    return this.#flag(withKey(this.#flags, this.#audience.namespace, key));
  }

  /** Only sockets of this node. There is one node until a bus is attached, so nothing changes yet. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this;
  }

  /** Accepted for familiarity: compression is a decision of the transport, per message size. */
  compress(_compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this;
  }

  /** How long to wait for acknowledgements, in milliseconds. */
  timeout(milliseconds: number): BroadcastOperator<EmitEvents, SocketData> {
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
    this.#emit(readEmitCall(name, args));
    return true;
  }

  /** Sends the event and resolves with one response of each receiver; rejects with `responses` so far when time is over. */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: EventArgumentsWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EmitEvents, Name>[]> {
    return new Promise((resolve, reject) => {
      const call = readEmitCall(name, args);
      this.#delivery().ask(call.args, (error, responses) => {
        // What clients answer is what the event map promises for them; nothing is checked here.
        if (error === null) resolve(responses as AckValue<EmitEvents, Name>[]);
        else reject(error);
      });
    });
  }

  /** Sends a "message" event. */
  send(...args: readonly unknown[]): this {
    this.#emit(readEmitCall("message", args));
    return this;
  }

  /** The same as `send`. */
  write(...args: readonly unknown[]): this {
    return this.send(...args);
  }

  /** The selected sockets as they are now. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const found: RemoteSocket<EmitEvents, SocketData>[] = [];
    for (const audience of this.#audience.audiences) {
      for (const receiver of audience.select(this.#selection)) {
        found.push(new RemoteSocket(receiver, audience, this.#runtime));
      }
    }
    return Promise.resolve(found);
  }

  /** The ids of the selected sockets. Kept for applications that were written for it: `fetchSockets` tells more. */
  allSockets(): Promise<Set<string>> {
    return Promise.resolve(
      new Set(
        this.#delivery()
          .receivers()
          .map(({ id }) => id),
      ),
    );
  }

  /** Makes the selected sockets join a room or rooms. When some cannot, the others do, and then it throws as `join` does. */
  socketsJoin(rooms: string | readonly string[]): void {
    this.#each((receiver) => receiver.join(rooms));
  }

  /** Makes the selected sockets leave a room or rooms. */
  socketsLeave(rooms: string | readonly string[]): void {
    this.#each((receiver) => {
      for (const room of names(rooms)) receiver.leave(room);
    });
  }

  /** Disconnects the selected sockets; with `close` their whole sessions. */
  disconnectSockets(close: boolean = false): void {
    this.#each((receiver) => receiver.disconnect(close));
  }

  // One socket that is in too many rooms must not keep the others out of theirs.
  #each(act: (receiver: Receiver) => unknown): void {
    const failures: unknown[] = [];
    for (const receiver of this.#delivery().receivers()) {
      try {
        act(receiver);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #emit({ args, callback }: EmitCall): void {
    if (callback === undefined) this.#delivery().send(args);
    else {
      const failed = (error: unknown): void => this.#runtime.report(error, this.#audience.namespace);
      this.#delivery().ask(args, (error, responses) => call(callback, [error, responses], failed));
    }
  }

  #delivery(): Delivery {
    return new Delivery(this.#audience, this.#runtime, this.#selection, this.#flags);
  }

  #select(selection: Selection): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#audience, this.#runtime, selection, this.#flags);
  }

  #flag(flags: EmitFlags): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#audience, this.#runtime, this.#selection, flags);
  }
}

function names(rooms: string | readonly string[]): readonly string[] {
  return typeof rooms === "string" ? [rooms] : rooms;
}
