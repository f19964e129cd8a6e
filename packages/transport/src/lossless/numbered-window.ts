import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { QueueTally } from "../packet/send-queue.ts";

/** Bytes of messages that may be unacknowledged. What does not fit waits in the session's queue. */
export const WINDOW_BYTES: number = 256 * 1024;

/** A packet and the numbers of its messages: `first` to `first + messageCount - 1`. */
interface Entry {
  readonly packet: OutgoingPacket;
  readonly first: number;
}

/**
 * The messages that the peer may still need: numbered when they enter, kept until they are acknowledged, and read from any
 * place again when another carrier takes over. A packet with attachments is several messages, and the place may be in its
 * middle. Invariant: acknowledged < cursor <= sent + 1 <= next.
 */
export class NumberedWindow {
  readonly #limit: number;
  readonly #tally: QueueTally;
  #entries: Entry[] = [];
  /** Entries before this one are acknowledged and only wait to be forgotten. */
  #head = 0;
  /** The entry that holds the cursor, or the length when everything has been read. */
  #at = 0;
  #next = 1;
  #cursor = 1;
  #acknowledged = 0;
  #sent = 0;
  #bytes = 0;
  #unreadBytes = 0;

  /** `tally` counts what is held here together with what others hold. */
  constructor(limit: number = WINDOW_BYTES, tally: QueueTally = { bytes: 0 }) {
    this.#limit = limit;
    this.#tally = tally;
  }

  /** The number of the message that would be read next. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The last number the peer has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Bytes held, each packet with its overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the packets that are still to be read, wholly or in part. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** True when nothing more may enter. One packet may pass the limit, so that every packet finds room in time. */
  get full(): boolean {
    return this.#bytes >= this.#limit;
  }

  /** True when everything held has been read. */
  get read(): boolean {
    return this.#at === this.#entries.length;
  }

  /** Numbers the messages of a packet and holds it. */
  push(packet: OutgoingPacket): void {
    this.#entries.push({ packet, first: this.#next });
    this.#next += packet.messageCount;
    this.#count(packet.byteLength);
    this.#unreadBytes += packet.byteLength;
  }

  /** The packet at the cursor, or what is left of it, which counts as sent from now on; undefined when all has been read. */
  take(): OutgoingPacket | undefined {
    const entry = this.#entries[this.#at];
    if (entry === undefined) return undefined;
    const { packet, first } = entry;
    const rest = packet.after(this.#cursor - first);
    this.#at += 1;
    this.#cursor = first + packet.messageCount;
    this.#sent = Math.max(this.#sent, this.#cursor - 1);
    this.#unreadBytes -= packet.byteLength;
    return rest;
  }

  /** Forgets the messages up to a number. False, and nothing is changed, when they have never been sent. */
  acknowledge(number: number): boolean {
    if (number > this.#sent) return false;
    // Acknowledgements travel by several ways; one that was overtaken says nothing new.
    if (number <= this.#acknowledged) return true;
    this.#acknowledged = number;
    for (;;) {
      const entry = this.#entries[this.#head];
      if (entry === undefined || entry.first + entry.packet.messageCount - 1 > number) break;
      this.#count(-entry.packet.byteLength);
      // A peer that acknowledges what another carrier brought need not be sent it again.
      if (this.#head === this.#at) this.#pass(entry);
      this.#head += 1;
    }
    if (this.#cursor <= number) this.#cursor = number + 1;
    this.#compact();
    return true;
  }

  /** Goes back to the first message that is not acknowledged: a new carrier begins there. */
  rewind(): void {
    this.#at = this.#head;
    this.#cursor = this.#acknowledged + 1;
    this.#unreadBytes = this.#bytes;
  }

  /** Nobody will need it any more. */
  release(): void {
    this.#entries = [];
    this.#head = 0;
    this.#at = 0;
    this.#unreadBytes = 0;
    this.#count(-this.#bytes);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#tally.bytes += bytes;
  }

  #pass(entry: Entry): void {
    this.#at += 1;
    this.#unreadBytes -= entry.packet.byteLength;
  }

  /** Forgets the entries before the head; called seldom enough to cost a constant per packet. */
  #compact(): void {
    const { length } = this.#entries;
    if (this.#head < length && this.#head < 512) return;
    this.#entries = this.#head === length ? [] : this.#entries.slice(this.#head);
    this.#at -= this.#head;
    this.#head = 0;
  }
}
