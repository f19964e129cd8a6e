import type { OutgoingPacket, SendOptions } from "@everwire/transport";
import { PLAIN, VOLATILE } from "../broadcast/socket-outbox.ts";

/** What a channel needs of a socket. */
export interface Subscriber {
  readonly id: string;
  deliver(packet: OutgoingPacket, options: SendOptions): void;
}

interface HeldRecord {
  readonly offset: number;
  readonly packet: OutgoingPacket;
}

// Records that may arrive while a subscribe reads the log. Beyond this the subscribe is refused and tried again later.
const MAX_HELD = 1000;

/**
 * One socket's place in a channel.
 *
 * It begins by holding what happens in the channel while the log is being read, and `release` then sends what came after
 * the page: nothing is missed between page and stream, nothing is in both. Records leave in the order of their offsets.
 */
export class Subscription {
  readonly subscriber: Subscriber;
  #held: HeldRecord[] | undefined = [];
  #state: "holding" | "overflowed" | "live" | "ended" = "holding";
  #position = 0;

  constructor(subscriber: Subscriber) {
    this.subscriber = subscriber;
  }

  /** `overflowed`: so much was held that it was dropped, and the subscription cannot go live any more. */
  get state(): "holding" | "overflowed" | "live" | "ended" {
    return this.#state;
  }

  record(offset: number, packet: OutgoingPacket): void {
    if (this.#state === "holding") this.#hold({ offset, packet });
    else if (this.#state === "live") this.#send({ offset, packet });
  }

  /**
   * Presence and signals. While the log is being read they are dropped: the answer to the subscribe lists the members as
   * they are at that moment.
   */
  notice(packet: OutgoingPacket, volatile: boolean): void {
    if (this.#state === "live") this.subscriber.deliver(packet, volatile ? VOLATILE : PLAIN);
  }

  /** The page up to `head` has been sent: sends the held records above it, and goes live. */
  release(head: number): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#position = head;
    this.#state = "live";
    for (const record of held) this.#send(record);
  }

  end(): void {
    this.#state = "ended";
    this.#held = undefined;
  }

  #hold(record: HeldRecord): void {
    this.#held?.push(record);
    if ((this.#held?.length ?? 0) <= MAX_HELD) return;
    this.#held = undefined;
    this.#state = "overflowed";
  }

  #send({ offset, packet }: HeldRecord): void {
    if (offset <= this.#position) return;
    this.#position = offset;
    this.subscriber.deliver(packet, PLAIN);
  }
}
