import { OutgoingPacket, PING } from "../packet/outgoing-packet.ts";
import type { SendQueue } from "../packet/send-queue.ts";
import { queueGuard } from "../session/queue-guard.ts";
import type { AckDuty } from "./ack-duty.ts";
import type { Arrivals } from "./arrivals.ts";
import { NumberedWindow, WINDOW_BYTES } from "./numbered-window.ts";
import type { PollPace } from "./poll-pace.ts";

/** What a downlink is told of its own accord. */
export interface Manner {
  /** It begins at once with the numbers of both directions; otherwise only when there is a batch. */
  readonly greeted: boolean;
  /** Each batch tells what has arrived, if that is news: a batch costs a request anyway. */
  readonly tells: boolean;
}

/**
 * What a lossless session has to say, in order: the beginning of a downlink, the engine's own packets that cannot wait,
 * the messages to be repeated, and then the session's queue as far as the window has room. It knows no carriers.
 */
export class NumberedOutbox {
  queue: SendQueue | undefined;
  readonly #window = new NumberedWindow(WINDOW_BYTES, queueGuard);
  readonly #arrivals: Arrivals;
  readonly #duty: AckDuty;
  readonly #pace: PollPace;
  #urgent: OutgoingPacket[] = [];
  /** Whether the downlink is still to be greeted. */
  #greeting = false;
  /** Whether the downlink has been told which message comes first on it. */
  #announced = false;
  #tells = false;
  /** Whether a ping went out that has no answer yet. */
  #unanswered = false;

  constructor(arrivals: Arrivals, duty: AckDuty, pace: PollPace) {
    this.#arrivals = arrivals;
    this.#duty = duty;
    this.#pace = pace;
  }

  /** Bytes taken from the queue that the present downlink is still to bring. */
  get unreadBytes(): number {
    return this.#window.unreadBytes;
  }

  /** Bytes that wait, in the queue or to be repeated. */
  get waitingBytes(): number {
    return this.#window.unreadBytes + (this.queue?.bytes ?? 0);
  }

  /** Whether there is anything to say. */
  get pending(): boolean {
    return this.#greeting || this.#urgent.length > 0 || this.#duty.due || !this.#window.read || this.#fits();
  }

  /** A new downlink begins, at the first message that is not acknowledged. */
  begin({ greeted, tells }: Manner): void {
    this.#window.rewind();
    this.#greeting = greeted;
    this.#announced = false;
    this.#tells = tells;
    // A ping is all that can be lost for good: its answer would be missed.
    if (this.#unanswered) this.hurry(PING);
  }

  /** Says a packet of the engine before all others, once if it is waiting already. */
  hurry(packet: OutgoingPacket): void {
    if (!this.#urgent.includes(packet)) this.#urgent.push(packet);
  }

  /** The client has answered a ping. */
  answered(): void {
    this.#unanswered = false;
  }

  /** Forgets what has arrived; false when that was never sent. */
  acknowledge(number: number): boolean {
    const { cursor } = this.#window;
    if (!this.#window.acknowledge(number)) return false;
    // What came by a former downlink is not said again: this one does not go on where it was, and has to say where.
    if (this.#window.cursor !== cursor) this.#announced = false;
    return true;
  }

  /** The packet that tells the client what has arrived; the duty is done. */
  tell(): string {
    this.#duty.done();
    return `7${this.#arrivals.tell()}`;
  }

  /** What goes out next, about `limit` bytes. Without a limit it is everything, whether the window has room or not. */
  take(limit: number): OutgoingPacket[] {
    const packets = this.#firstWords();
    let bytes = 0;
    while (bytes < limit) {
      const number = this.#window.cursor;
      const packet = this.#window.take() ?? this.#fresh(limit === Number.POSITIVE_INFINITY);
      if (packet === undefined) break;
      if (packet === PING) this.#unanswered = true;
      // The first message of a stream is preceded by its number; the others count themselves.
      if (this.#window.cursor > number) {
        if (!this.#announced) packets.push(OutgoingPacket.raw(`8${number}`));
        this.#announced = true;
      }
      packets.push(packet);
      bytes += packet.byteLength;
    }
    return packets;
  }

  #firstWords(): OutgoingPacket[] {
    const packets: OutgoingPacket[] = [];
    if (this.#greeting) packets.push(OutgoingPacket.raw(`8${this.#window.cursor}`));
    if (this.#greeting || this.#duty.due || (this.#tells && this.#arrivals.untold > 0)) {
      packets.push(OutgoingPacket.raw(this.tell()));
    }
    packets.push(...this.#urgent);
    this.#announced ||= this.#greeting;
    this.#greeting = false;
    this.#urgent = [];
    return packets;
  }

  /** The session is over: what was kept to be repeated never will be. */
  release(): void {
    this.#window.release();
  }

  /** Whether the next packet of the queue may go out: a heartbeat waits for no acknowledgement. */
  #fits(): boolean {
    const head = this.queue?.head;
    return head !== undefined && (head.messageCount === 0 || !this.#window.full);
  }

  /** The next packet of the queue; a message is numbered first. */
  #fresh(whatever: boolean): OutgoingPacket | undefined {
    if (!whatever && !this.#fits()) return undefined;
    const packet = this.queue?.shift();
    if (packet === undefined || packet.messageCount === 0) return packet;
    this.#pace.moved(performance.now());
    this.#window.push(packet);
    return this.#window.take();
  }
}
