import type { OutgoingPacket } from "./outgoing-packet.ts";

/**
 * From this many bytes on a session counts as congested: volatile packets are dropped, and a transport takes no more from
 * the queue than this at a time.
 */
export const CONGESTION_BYTES: number = 64 * 1024;

/** Characters of a `coalesce` key; it is held as long as its packet is. */
const LONGEST_KEY = 1024;
/** Keys remembered for one queue. A packet with another one is queued like any other. */
const MOST_KEYS = 1024;

/** A sum over queues that each of them adds to and takes from. */
export interface QueueTally {
  bytes: number;
}

/**
 * The packets of one session that no transport has taken yet, in order. It holds references, so that a broadcast costs one
 * entry per receiver. The bound and its policy are the session's, see `Backlog`.
 */
export class SendQueue {
  #tally: QueueTally;
  #packets: OutgoingPacket[] = [];
  #head = 0;
  /** How many packets have been forgotten before the first of the array: what makes a place out of an index. */
  #base = 0;
  #bytes = 0;
  #taken = 0;
  /** The place of the last packet of each key, made when a key is first used. Places before the head mean nothing. */
  #places: Map<string, number> | undefined;

  constructor(tally: QueueTally = { bytes: 0 }) {
    this.#tally = tally;
  }

  /** Bytes waiting, each packet with its overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes taken since the queue was made, without those put back. */
  get taken(): number {
    return this.#taken;
  }

  get length(): number {
    return this.#packets.length - this.#head;
  }

  get empty(): boolean {
    return this.#head === this.#packets.length;
  }

  /** The oldest packet, left where it is. */
  get head(): OutgoingPacket | undefined {
    return this.#packets[this.#head];
  }

  /** With a key the packet can be replaced while it waits. */
  push(packet: OutgoingPacket, key?: string): void {
    if (key !== undefined) this.#remember(key);
    this.#packets.push(packet);
    this.#count(packet.byteLength);
  }

  /** Puts a packet in the place of the one that waits with its key; false when there is none. */
  replace(key: string, packet: OutgoingPacket): boolean {
    const place = this.#places?.get(key);
    if (place === undefined) return false;
    const index = place - this.#base;
    const former = index < this.#head ? undefined : this.#packets[index];
    if (former === undefined) return false;
    this.#packets[index] = packet;
    this.#count(packet.byteLength - former.byteLength);
    return true;
  }

  /** The oldest packet, removed; undefined when there is none. */
  shift(): OutgoingPacket | undefined {
    const packet = this.#packets[this.#head];
    if (packet === undefined) return undefined;
    this.#head += 1;
    this.#count(-packet.byteLength);
    this.#taken += packet.byteLength;
    if (this.#head === this.#packets.length || this.#head >= 1024) this.#compact();
    return packet;
  }

  /** The oldest packets, together at most `limit` bytes, but at least one if there is any. */
  take(limit: number): OutgoingPacket[] {
    const taken: OutgoingPacket[] = [];
    let bytes = 0;
    for (;;) {
      const next = this.#packets[this.#head];
      if (next === undefined || (taken.length > 0 && bytes + next.byteLength > limit)) return taken;
      bytes += next.byteLength;
      taken.push(next);
      this.shift();
    }
  }

  /** Returns packets that were taken but did not leave, in front of all others. */
  putBack(packets: readonly OutgoingPacket[]): void {
    this.#base += this.#head - packets.length;
    this.#packets = [...packets, ...this.#packets.slice(this.#head)];
    this.#head = 0;
    for (const packet of packets) {
      this.#count(packet.byteLength);
      this.#taken -= packet.byteLength;
    }
  }

  /** Lets everything go. What is put in or back from now on counts for nobody: the session is over. */
  clear(): void {
    this.#count(-this.#bytes);
    this.#tally = { bytes: 0 };
    this.#packets = [];
    this.#head = 0;
    this.#places = undefined;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#tally.bytes += bytes;
  }

  #remember(key: string): void {
    if (key.length > LONGEST_KEY) throw new TypeError(`a key has at most ${LONGEST_KEY} characters`);
    this.#places ??= new Map();
    if (this.#places.size >= MOST_KEYS) this.#forget(this.#places);
    if (this.#places.size < MOST_KEYS || this.#places.has(key)) {
      this.#places.set(key, this.#base + this.#packets.length);
    }
  }

  /** Drops the keys whose packets have been taken. */
  #forget(places: Map<string, number>): void {
    for (const [key, place] of places) if (place < this.#base + this.#head) places.delete(key);
  }

  /** Forgets the packets before the head; called seldom enough to cost a constant per packet. */
  #compact(): void {
    this.#base += this.#head;
    const empty = this.#head === this.#packets.length;
    this.#packets = empty ? [] : this.#packets.slice(this.#head);
    this.#head = 0;
    if (empty && this.#places !== undefined && this.#places.size > 0) this.#places.clear();
  }
}
