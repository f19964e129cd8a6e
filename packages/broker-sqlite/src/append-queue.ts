import { type Appended, type AppendRequest, BrokerError, type Clock } from "@everwire/broker";
import { AppendBatch } from "./append-batch.ts";
import type { StoreSuccess, StoreWorker } from "./store-worker.ts";

/** How much may wait. */
export interface QueueBounds {
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
}

// One commit costs one sync whatever it holds. These bounds only keep a single transaction from growing without end.
const BATCH_RECORDS = 8192;
const BATCH_BYTES = 16_777_216;

/**
 * Group commit: while one batch is being committed, the appends that come are gathered into the next. Bounded by records
 * and bytes, the batch under way included; beyond it an append is refused with `queue_full` and nothing waits.
 */
export class AppendQueue {
  readonly #worker: StoreWorker;
  readonly #clock: Clock;
  readonly #bounds: QueueBounds;
  #batches: AppendBatch[] = [];
  #state: "idle" | "scheduled" | "committing" = "idle";
  #whenIdle: (() => void)[] = [];
  #records = 0;
  #bytes = 0;
  #commits = 0;
  #appended = 0;
  #duplicates = 0;

  constructor(worker: StoreWorker, clock: Clock, bounds: QueueBounds) {
    this.#worker = worker;
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get stats(): { commits: number; appended: number; duplicates: number; waiting: number } {
    const [commits, appended, duplicates] = [this.#commits, this.#appended, this.#duplicates];
    return { commits, appended, duplicates, waiting: this.#records };
  }

  append(request: AppendRequest, size: number): Promise<Appended> {
    const { maxQueuedRecords, maxQueuedBytes } = this.#bounds;
    const fits = this.#records < maxQueuedRecords && this.#bytes + size <= maxQueuedBytes;
    if (!fits) return Promise.reject(new BrokerError("queue_full", { topic: request.topic }));
    this.#records += 1;
    this.#bytes += size;
    const appended = this.#open().add(request, size, Math.trunc(this.#clock.time()));
    this.#schedule();
    return appended;
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === "idle") resolve();
      else this.#whenIdle.push(resolve);
    });
  }

  #open(): AppendBatch {
    const last = this.#batches.at(-1);
    if (last !== undefined && last.count < BATCH_RECORDS && last.size < BATCH_BYTES) return last;
    const batch = new AppendBatch();
    this.#batches.push(batch);
    return batch;
  }

  // At the end of the turn, so that all appends of the turn, and those made by promises that settle in it, go together.
  #schedule(): void {
    if (this.#state !== "idle") return;
    this.#state = "scheduled";
    setImmediate(() => this.#next());
  }

  #next(): void {
    const batch = this.#batches.shift();
    if (batch === undefined) this.#rest();
    else this.#commit(batch);
  }

  #commit(batch: AppendBatch): void {
    this.#state = "committing";
    const message = batch.message(this.#clock.now(), Math.trunc(this.#clock.time()));
    this.#worker
      .call(message, [message.data.buffer])
      .then(
        (reply) => this.#settle(batch, reply),
        (error: unknown) => batch.reject(error),
      )
      .finally(() => {
        this.#records -= batch.count;
        this.#bytes -= batch.size;
        this.#state = "scheduled";
        setImmediate(() => this.#next());
      });
  }

  #settle(batch: AppendBatch, reply: StoreSuccess): void {
    if (reply.kind !== "appended") {
      batch.reject(new BrokerError("storage_failed"));
      return;
    }
    const duplicates = batch.resolve(reply.results);
    this.#duplicates += duplicates;
    this.#appended += batch.count - duplicates;
    if (reply.committed) this.#commits += 1;
  }

  #rest(): void {
    this.#state = "idle";
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }
}
