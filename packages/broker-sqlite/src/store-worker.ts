import type { Transferable, Worker } from "node:worker_threads";
import { BrokerError } from "@everwire/broker";
import type { StoreCall, StoreReply } from "./store-message.ts";

type Failure = Extract<StoreReply, { kind: "failure" }>;

/** Any answer but a failure; failures reject. */
export type StoreSuccess = Exclude<StoreReply, Failure>;

interface Waiter {
  readonly resolve: (reply: StoreSuccess) => void;
  readonly reject: (error: BrokerError) => void;
}

/** The store's thread seen from the owner's. It answers in the order of the calls, so a queue of waiters is enough. */
export class StoreWorker {
  readonly #worker: Worker;
  readonly #report: (error: BrokerError) => void;
  readonly #ended: Promise<void>;
  #waiters: Waiter[] = [];
  #opened = false;
  /** Why the thread takes no more calls. */
  #end: BrokerError | undefined;
  #cause: unknown;

  /** `report` is told once when the thread ends without having been asked to. */
  constructor(worker: Worker, report: (error: BrokerError) => void) {
    this.#worker = worker;
    this.#report = report;
    worker.on("message", (reply: StoreReply) => this.#settle(reply));
    worker.on("error", (cause) => {
      this.#cause = cause;
    });
    this.#ended = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#exited();
        resolve();
      });
    });
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the thread has opened the store. */
  opened(): Promise<StoreSuccess> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Resolves when the thread is gone, and with it every handle on the file. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Asks the thread. `storage_failed` when it ended before it answered. */
  call(call: StoreCall, transfer: readonly Transferable[] = []): Promise<StoreSuccess> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      this.#worker.postMessage(call, transfer);
      this.#waiters.push({ resolve, reject });
    });
  }

  #settle(reply: StoreReply): void {
    const waiter = this.#waiters.shift();
    // A store that could not be opened ends its thread too, and has said why.
    if (reply.kind === "closed" || (reply.kind === "failure" && !this.#opened))
      this.#end = new BrokerError("log_closed");
    this.#opened = true;
    if (reply.kind === "failure") waiter?.reject(errorOf(reply));
    else waiter?.resolve(reply);
  }

  #exited(): void {
    if (this.#end !== undefined) return;
    const detail = "the storage thread ended; open the log again to go on";
    this.#end = new BrokerError("storage_failed", { detail, cause: this.#cause });
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#end);
    this.#report(this.#end);
  }
}

function errorOf({ code, detail, topic, offset }: Failure): BrokerError {
  const about = { ...(topic === undefined ? {} : { topic }), ...(offset === undefined ? {} : { offset }) };
  return new BrokerError(code, { detail, ...about });
}
