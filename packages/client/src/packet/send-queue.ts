import type { EnginePacket } from "@everwire/protocol";

/** A message that must stay together: the text and the binary messages it announces. */
export interface Outgoing {
  readonly packets: readonly EnginePacket[];
  /** Characters and bytes; what bounds count. */
  readonly size: number;
}

export function outgoing(text: string, attachments: readonly Uint8Array[] = []): Outgoing {
  const packets: EnginePacket[] = [{ type: "message", data: text }];
  let size = text.length;
  for (const data of attachments) {
    packets.push({ type: "message", data });
    size += data.byteLength;
  }
  return { packets, size };
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
