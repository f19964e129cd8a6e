import type { OutgoingPacket, SendOptions } from "@everwire/transport";
import type { ContractBinding } from "../contract/contract-binding.ts";
import type { Handshake } from "../engine/handshake.ts";
import type { PendingAck } from "../event/acknowledgements.ts";
import type { Recorder } from "../recovery/recorder.ts";
import { RoomIndex } from "./room-index.ts";

/** What a broadcast needs of a socket, and all that it may touch. */
export interface Receiver {
  readonly id: string;
  readonly handshake: Handshake;
  readonly rooms: ReadonlySet<string>;
  readonly data: unknown;
  /** Queues a packet that others may receive too; `args` is what it encodes, for the outgoing listeners. */
  deliver(packet: OutgoingPacket, options: SendOptions, args: readonly unknown[]): void;
  /** Waits for the acknowledgement of `id`; throws when the receiver owes too many. */
  expect(id: number, pending: PendingAck, timeout: number): void;
  join(rooms: string | readonly string[]): unknown;
  leave(room: string): unknown;
  disconnect(close?: boolean): unknown;
}

/**
 * Whom a broadcast reaches: the union of the rooms, or everybody when `rooms` is undefined, less the union of `except`.
 * An empty list of rooms is nobody: a list that turned out empty must not become a broadcast to all.
 */
export interface Selection {
  readonly rooms: readonly string[] | undefined;
  readonly except: readonly string[];
}

/** The namespaces a broadcast goes to: one, which is an audience itself, or the children of a parent. */
export interface Crowd {
  /** The namespace, or the parent's name. */
  readonly namespace: string;
  readonly audiences: readonly Audience[];
}

/**
 * The connected sockets of one namespace, their rooms, and the counter of the acknowledgement ids the server hands out.
 *
 * The counter belongs to the namespace and not to the socket, so that one encoded packet asks every receiver of a
 * broadcast for the same id.
 */
export class Audience<Member extends Receiver = Receiver> implements Crowd {
  readonly namespace: string;
  readonly audiences: readonly Audience[] = [this];
  readonly rooms: RoomIndex = new RoomIndex();
  readonly #receivers = new Map<string, Member>();
  readonly #vacated: (() => void) | undefined;
  /** Present where the events of the namespace are kept for clients that are away. */
  readonly recorder: Recorder | undefined;
  /** What its events are held to. Counts for sockets that come after it is set. */
  contract: ContractBinding | undefined;
  #guests = 0;
  #lastAckId = -1;

  /** `vacated` is called whenever the last socket has gone, those included that were on their way in or may come back. */
  constructor(namespace: string, vacated?: () => void, recorder?: Recorder) {
    this.namespace = namespace;
    this.recorder = recorder;
    this.#vacated = vacated;
  }

  /** True when no socket is here or on its way in. */
  get vacant(): boolean {
    return this.#guests === 0;
  }

  /** The connected sockets by id: a live view. */
  get receivers(): ReadonlyMap<string, Member> {
    return this.#receivers;
  }

  nextAckId(): number {
    this.#lastAckId = this.#lastAckId === Number.MAX_SAFE_INTEGER ? 0 : this.#lastAckId + 1;
    return this.#lastAckId;
  }

  /** A socket is on its way in, or may come back: `remove` or `release` is called once for it. */
  expect(): void {
    this.#guests += 1;
  }

  add(receiver: Member): void {
    this.#receivers.set(receiver.id, receiver);
  }

  /** Forgets the socket and its rooms. */
  remove(id: string): void {
    this.#receivers.delete(id);
    this.rooms.leaveAll(id);
    this.release();
  }

  /** A socket that was expected does not come. */
  release(): void {
    this.#guests -= 1;
    if (this.#guests === 0) this.#vacated?.();
  }

  /** The selected receivers, each once, however many of the rooms it is in. */
  select(selection: Selection): Member[] {
    const selected: Member[] = [];
    const excluded = this.#ids(selection.except);
    for (const id of selection.rooms === undefined ? this.#receivers.keys() : this.#ids(selection.rooms)) {
      // A socket may have joined rooms in a middleware, before it is connected: it receives nothing yet.
      const receiver = excluded.has(id) ? undefined : this.#receivers.get(id);
      if (receiver !== undefined) selected.push(receiver);
    }
    return selected;
  }

  #ids(rooms: readonly string[]): ReadonlySet<string> {
    const [first, ...others] = rooms;
    if (first === undefined) return new Set();
    if (others.length === 0) return this.rooms.membersOf(first);
    const ids = new Set(this.rooms.membersOf(first));
    for (const room of others) for (const id of this.rooms.membersOf(room)) ids.add(id);
    return ids;
  }
}
