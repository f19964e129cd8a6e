import type { OutgoingPacket } from "./outgoing-packet.ts";

/**
 * From this many bytes on a session counts as congested: volatile packets are dropped, and a transport takes no more from
 * the queue than this at a time.
 */
export const CONGESTION_BYTES: number = 64 * 1024;

/**
 * The packets of one session that no transport has taken yet, in order. It holds references, so that a broadcast costs one
 * entry per receiver. The bound and its policy are the session's: volatile packets dropped from `CONGESTION_BYTES`, from
 * `sendQueueLimit` on a `BacklogWatch`.
 */
export class SendQueue {
  #packets: OutgoingPacket[] = [];
  #head = 0;
  #bytes = 0;
  #taken = 0;

  /** Bytes waiting, each packet with its overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes taken since the queue was made, without those put back. */
  get taken(): number {
    return this.#taken;
  }

  get empty(): boolean {
    return this.#head === this.#packets.length;
  }

  /** The oldest packet, left where it is. */
  get head(): OutgoingPacket | undefined {
    return this.#packets[this.#head];
  }

  push(packet: OutgoingPacket): void {
    this.#packets.push(packet);
    this.#bytes += packet.byteLength;
  }

  /** The oldest packet, removed; undefined when there is none. */
  shift(): OutgoingPacket | undefined {
    const packet = this.#packets[this.#head];
    if (packet === undefined) return undefined;
    this.#head += 1;
    this.#bytes -= packet.byteLength;
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
    this.#packets = [...packets, ...this.#packets.slice(this.#head)];
    this.#head = 0;
    for (const packet of packets) {
      this.#bytes += packet.byteLength;
      this.#taken -= packet.byteLength;
    }
  }

  clear(): void {
    this.#packets = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  /** Forgets the packets before the head; called seldom enough to cost a constant per packet. */
  #compact(): void {
    this.#packets = this.#head === this.#packets.length ? [] : this.#packets.slice(this.#head);
    this.#head = 0;
  }
}
