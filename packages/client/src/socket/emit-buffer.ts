import type { Outgoing } from "../packet/send-queue.ts";

export interface BufferedEvent {
  readonly message: Outgoing;
  /** Of the acknowledgement that is waited for. */
  readonly id: number | undefined;
}

/** Events emitted while the socket is not connected, in order. Bounded: what would exceed `limit` is refused. */
export class EmitBuffer {
  readonly #limit: number;
  #events: BufferedEvent[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get ids(): ReadonlySet<number> {
    return new Set(this.#events.flatMap(({ id }) => (id === undefined ? [] : [id])));
  }

  push(event: BufferedEvent): boolean {
    if (this.#size + event.message.size > this.#limit) return false;
    this.#events.push(event);
    this.#size += event.message.size;
    return true;
  }

  /** The event whose acknowledgement is not waited for any more is not sent either. */
  remove(id: number): void {
    this.#replace(this.#events.filter((event) => event.id !== id));
  }

  /** In the order of the calls of `push`. */
  takeAll(): readonly BufferedEvent[] {
    const events = this.#events;
    this.#replace([]);
    return events;
  }

  #replace(events: BufferedEvent[]): void {
    this.#events = events;
    this.#size = events.reduce((size, { message }) => size + message.size, 0);
  }
}
