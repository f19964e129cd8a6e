import type { EnginePacket } from "@everwire/protocol";

/** What must stay together: a text and the binary messages it announces, for one. */
export interface Outgoing {
  readonly packets: readonly EnginePacket[];
  /** Characters and bytes; what bounds count. */
  readonly size: number;
}

export function outgoing(first: string | Uint8Array, rest: readonly (string | Uint8Array)[] = []): Outgoing {
  const packets = [first, ...rest].map((data): EnginePacket => ({ type: "message", data }));
  return { packets, size: packets.reduce((size, { data }) => size + data.length, 0) };
}

/** Packets in order of sending. Bounded: what would exceed `limit` is refused, never dropped later. */
export class SendQueue {
  readonly #limit: number;
  #packets: EnginePacket[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get packets(): readonly EnginePacket[] {
    return this.#packets;
  }

  get length(): number {
    return this.#packets.length;
  }

  /** A message larger than the bound itself goes through an empty queue. */
  push(message: Outgoing): boolean {
    if (this.#size > 0 && this.#size + message.size > this.#limit) return false;
    this.#packets.push(...message.packets);
    this.#size += message.size;
    return true;
  }

  /** Removes the first packets, which a transport has taken. */
  taken(count: number): void {
    for (const packet of this.#packets.slice(0, count)) this.#size -= packet.data.length;
    this.#packets = this.#packets.slice(count);
  }
}
