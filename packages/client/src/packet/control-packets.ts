import type { SessionPacket } from "./session-packet.ts";

/** Packets without a number that wait to be sent: of each type the newest, so that no server makes them many. */
export class ControlPackets {
  #waiting: readonly SessionPacket[] = [];

  get waiting(): readonly SessionPacket[] {
    return this.#waiting;
  }

  add(packet: SessionPacket): void {
    this.#waiting = [...this.#waiting.filter(({ type }) => type !== packet.type), packet];
  }

  /** The first ones have been sent; default: all. */
  taken(count: number = this.#waiting.length): void {
    this.#waiting = this.#waiting.slice(count);
  }

  /** They may not have arrived, and are sent again but for those that a newer one replaces. */
  restore(packets: readonly SessionPacket[]): void {
    const newer = this.#waiting;
    this.#waiting = packets;
    for (const packet of newer) this.add(packet);
  }
}
