import type { Socket } from "node:net";
import { Bell } from "./bell.ts";
import { covers, type FaultPlan } from "./fault-plan.ts";
import type { Direction, FaultName } from "./faults.ts";
import { SeededRandom } from "./seeded-random.ts";

/** What a sink needs of its connection. */
export interface SinkOwner {
  readonly id: number;
  readonly seed: number;
  readonly plan: FaultPlan;
  /** Logs a fault, the first time it is seen in that direction. */
  tell(fault: FaultName, direction: Direction, detail: string): void;
  /** The bytes of a `cutAfter` or `resetAfter` are through. */
  limitReached(fault: "cutAfter" | "resetAfter", direction: Direction): void;
}

/** What waits in a sink before its writer has to wait: enough to keep 100 Mbit/s going under 80 ms of delay. */
const QUEUE_LIMIT = 1024 * 1024;
/** A limited bandwidth is spent in slices of this long. */
const SLICE_MS = 20;

/** Undefined stands for the end of the flow. */
interface Queued {
  due: number;
  readonly bytes: Buffer | undefined;
}

/** One direction of a connection, on its way out: everything that happens to bytes whatever they mean. */
export class ByteSink {
  readonly direction: Direction;
  /** Forwarded so far. */
  bytes = 0;
  readonly #socket: Socket;
  readonly #owner: SinkOwner;
  readonly #bell = new Bell();
  readonly #jitter: SeededRandom;
  readonly #flips: SeededRandom;
  readonly #queue: Queued[] = [];
  #queued = 0;
  #taken = 0;
  #running = false;
  #silent = false;
  #ended = false;
  /** When the link is free again under the bandwidth limit. */
  #free = 0;

  constructor(socket: Socket, direction: Direction, owner: SinkOwner) {
    this.#socket = socket;
    this.direction = direction;
    this.#owner = owner;
    this.#jitter = new SeededRandom(`${owner.seed}/${owner.id}/jitter/${direction}`);
    this.#flips = new SeededRandom(`${owner.seed}/${owner.id}/corrupt/${direction}`);
    socket.on("drain", () => this.#bell.ring()).on("close", () => this.#bell.ring());
  }

  get silent(): boolean {
    return this.#silent;
  }

  /** Takes the bytes, in order. Resolves when there is room for more; what can no longer be delivered is swallowed. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.#isDead()) return;
    this.#enqueue(this.#corrupted(bytes));
    while (this.#queued > QUEUE_LIMIT && !this.#isDead()) await this.#bell.wait();
  }

  /** Ends the flow after all that was written. */
  end(): void {
    if (this.#isDead()) return;
    this.#ended = true;
    this.#enqueue(undefined);
  }

  /** From now on nothing comes out, not even the end. */
  silence(): void {
    this.#silent = true;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#bell.ring();
  }

  /** Until all that was written has been handed to the network. */
  async flushed(): Promise<void> {
    while (this.#running && !this.#silent && !this.#socket.destroyed) await this.#bell.wait();
  }

  /** The plan has changed: what waits longer than it would by the new one is hurried. */
  refresh(): void {
    const latest = performance.now() + this.#delay();
    for (const queued of this.#queue) queued.due = Math.min(queued.due, latest);
    this.#free = 0;
    this.#bell.ring();
  }

  #isDead(): boolean {
    return this.#silent || this.#ended || this.#socket.destroyed;
  }

  #enqueue(bytes: Buffer | undefined): void {
    // Jitter never reorders: this is a TCP connection.
    const due = Math.max(performance.now() + this.#delay(), this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ due, bytes });
    this.#queued += bytes?.length ?? 0;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const { bytes } = next;
      await this.#untilDue(next);
      // A silence or a cut may have emptied the queue meanwhile.
      if (this.#queue[0] !== next) continue;
      if (bytes === undefined) this.#socket.end();
      else await this.#send(bytes);
      if (this.#queue[0] === next) this.#queue.shift();
      this.#queued -= Math.min(this.#queued, bytes?.length ?? 0);
      this.#bell.ring();
    }
    this.#running = false;
    this.#bell.ring();
  }

  async #send(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      await this.#untilFree();
      if (this.#silent || !this.#socket.writable) return;
      const allowance = this.#allowance();
      if (allowance === 0) return;
      const piece = rest.subarray(0, Math.min(allowance, this.#pieceSize()));
      rest = rest.subarray(piece.length);
      this.#spend(piece.length);
      this.bytes += piece.length;
      await this.#put(piece);
      this.#allowance();
    }
  }

  async #put(piece: Buffer): Promise<void> {
    const { chunkSize } = this.#owner.plan;
    const hasRoom = this.#socket.write(piece);
    if (chunkSize && covers(chunkSize.direction, this.direction)) {
      // One turn of the loop between two writes, or the kernel would join the segments again.
      await new Promise((resolve) => void setImmediate(resolve));
    }
    while (!hasRoom && this.#socket.writableNeedDrain && !this.#socket.destroyed && !this.#silent) {
      await this.#bell.wait();
    }
  }

  /** How many bytes may still pass; when none, the connection is cut. */
  #allowance(): number {
    let allowance = Number.POSITIVE_INFINITY;
    for (const fault of ["cutAfter", "resetAfter"] as const) {
      const left = (this.#owner.plan[fault]?.[this.direction] ?? Number.POSITIVE_INFINITY) - this.bytes;
      allowance = Math.max(0, Math.min(allowance, left));
      if (left > 0) continue;
      this.#owner.limitReached(fault, this.direction);
      return 0;
    }
    return allowance;
  }

  #pieceSize(): number {
    const { bandwidth, chunkSize } = this.#owner.plan;
    let size = Number.POSITIVE_INFINITY;
    if (chunkSize && covers(chunkSize.direction, this.direction)) {
      size = chunkSize.value;
      this.#owner.tell("chunkSize", this.direction, `segments of ${size} bytes`);
    }
    if (bandwidth && covers(bandwidth.direction, this.direction)) {
      size = Math.min(size, Math.max(1, Math.floor((bandwidth.value * SLICE_MS) / 1000)));
      this.#owner.tell("bandwidth", this.direction, `${bandwidth.value} bytes/s`);
    }
    return size;
  }

  #spend(bytes: number): void {
    const { bandwidth } = this.#owner.plan;
    if (!bandwidth || !covers(bandwidth.direction, this.direction)) return;
    this.#free = Math.max(performance.now(), this.#free) + (bytes * 1000) / bandwidth.value;
  }

  #delay(): number {
    const { delay } = this.#owner.plan;
    if (!delay || !covers(delay.direction, this.direction)) return 0;
    this.#owner.tell("delay", this.direction, `${delay.ms} ms${delay.jitter > 0 ? ` + up to ${delay.jitter} ms` : ""}`);
    return delay.ms + delay.jitter * this.#jitter.next();
  }

  /** A copy with bits flipped, or the bytes themselves. */
  #corrupted(bytes: Buffer): Buffer {
    const start = this.#taken;
    this.#taken += bytes.length;
    const { corrupt } = this.#owner.plan;
    if (!corrupt || !covers(corrupt.direction, this.direction)) return bytes;
    const copy = Buffer.from(bytes);
    const flip = (at: number): void => {
      copy[at - start] = (copy[at - start] ?? 0) ^ (1 << this.#flips.below(8));
      this.#owner.tell("corrupt", this.direction, `byte ${at}`);
    };
    if (corrupt.at >= start && corrupt.at < this.#taken) flip(corrupt.at);
    const { every } = corrupt;
    // The last byte of each window of `every` bytes, so that the place does not depend on how the bytes were cut.
    if (Number.isFinite(every))
      for (let at = every * Math.ceil((start + 1) / every) - 1; at < this.#taken; at += every) flip(at);
    return copy;
  }

  /** A change of the plan may have made it earlier while it waited. */
  async #untilDue(queued: Queued): Promise<void> {
    while (await this.#waits(queued.due));
  }

  async #untilFree(): Promise<void> {
    while (await this.#waits(this.#free));
  }

  /** Waits for that time or until something changes; false when there is nothing to wait for. */
  async #waits(time: number): Promise<boolean> {
    const left = time - performance.now();
    if (left <= 0 || this.#silent || this.#socket.destroyed) return false;
    await this.#bell.wait(left);
    return true;
  }
}
