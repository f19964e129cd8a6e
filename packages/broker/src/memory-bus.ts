import type { Bus, BusMessage, BusRequest, BusRequestHandler, BusWait, Survey } from "./bus.ts";
import { type Clock, systemClock } from "./clock.ts";
import { BrokerError } from "./failures.ts";
import { assertTopic } from "./log-record.ts";
import { Mailbox, type Report, reportUncaught } from "./mailbox.ts";
import { MemoryHub } from "./memory-hub.ts";

/** What a memory bus can be told. */
export interface MemoryBusOptions {
  /** This node's name. Default "node". */
  readonly node?: string;
  /** The hub shared with the other nodes. Default: one of its own, for a cluster of one. */
  readonly hub?: MemoryHub;
  /** Default: the process's clock. */
  readonly clock?: Clock;
  /** Largest message or request in bytes. Default 8 MiB. */
  readonly maxMessageBytes?: number;
  /** Requests that may wait for an answer. Default 10 000. */
  readonly maxPending?: number;
  /** Deliveries that may wait at this node; a publisher then sees `queue_full`. Default 65 536. */
  readonly maxQueued?: number;
  /** Told what a subscriber threw. Default: an uncaught exception. */
  readonly report?: Report;
}

const DEFAULT_TIMEOUT = 5000;

/** A bus inside one process: the reference of the contract. */
export class MemoryBus implements Bus {
  readonly node: string;
  readonly #hub: MemoryHub;
  readonly #clock: Clock;
  readonly #maxMessageBytes: number;
  readonly #maxPending: number;
  readonly #mailbox: Mailbox;
  // A topic without handlers has no entry.
  readonly #subscriptions = new Map<string, Set<(message: BusMessage) => void>>();
  readonly #pending = new Set<(error: BrokerError) => void>();
  #handler: BusRequestHandler | undefined;
  #closed = false;

  constructor(options: MemoryBusOptions = {}) {
    this.node = options.node ?? "node";
    this.#hub = options.hub ?? new MemoryHub();
    this.#clock = options.clock ?? systemClock;
    this.#maxMessageBytes = options.maxMessageBytes ?? 8_388_608;
    this.#maxPending = options.maxPending ?? 10_000;
    this.#mailbox = new Mailbox(options.report ?? reportUncaught, options.maxQueued ?? 65_536);
    this.#hub.attach(this.node, {
      full: (topic) => this.#subscriptions.has(topic) && this.#mailbox.full,
      deliver: (message) => this.#deliver(message),
      answer: (request) => this.#answer(request),
    });
  }

  async publish(topic: string, data: Uint8Array): Promise<void> {
    this.#assertSendable(data);
    assertTopic(topic);
    const message = { topic, from: this.node, data: Uint8Array.from(data) };
    if (!this.#hub.publish(message)) throw new BrokerError("queue_full", { topic });
  }

  async subscribe(topic: string, handler: (message: BusMessage) => void): Promise<() => Promise<void>> {
    this.#assertOpen();
    assertTopic(topic);
    const handlers = this.#subscriptions.get(topic) ?? new Set();
    // A function of its own, so that the same handler may be subscribed twice.
    const entry = (message: BusMessage): void => handler(message);
    this.#subscriptions.set(topic, handlers.add(entry));
    return async () => {
      handlers.delete(entry);
      if (handlers.size === 0 && this.#subscriptions.get(topic) === handlers) this.#subscriptions.delete(topic);
    };
  }

  async request(node: string, data: Uint8Array, wait: BusWait = {}): Promise<Uint8Array> {
    this.#assertSendable(data);
    if (this.#pending.size >= this.#maxPending) throw new BrokerError("queue_full");
    const endpoint = this.#hub.find(node);
    if (endpoint === undefined) throw new BrokerError("no_such_node");
    const answer = endpoint.answer({ from: this.node, data: Uint8Array.from(data) });
    if (answer === undefined) throw new BrokerError("not_serving");
    return this.#await(answer, wait.timeout ?? DEFAULT_TIMEOUT);
  }

  serve(handler: BusRequestHandler): () => void {
    this.#assertOpen();
    if (this.#handler !== undefined) throw new BrokerError("already_serving");
    this.#handler = handler;
    return () => {
      if (this.#handler === handler) this.#handler = undefined;
    };
  }

  async survey(data: Uint8Array, wait: BusWait = {}): Promise<Survey> {
    this.#assertSendable(data);
    const nodes = this.#hub.others(this.node);
    const results = await Promise.allSettled(nodes.map((node) => this.request(node, data, wait)));
    this.#assertOpen();
    const answers = results.flatMap((result, index) => {
      const node = nodes[index];
      return result.status === "fulfilled" && node !== undefined ? [{ node, data: result.value }] : [];
    });
    const missing = nodes.filter((_, index) => results[index]?.status === "rejected");
    return { answers, missing };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#hub.detach(this.node);
    this.#subscriptions.clear();
    for (const reject of this.#pending) reject(new BrokerError("bus_closed"));
  }

  #deliver(message: BusMessage): void {
    const handlers = this.#subscriptions.get(message.topic);
    if (handlers === undefined) return;
    this.#mailbox.post(() => {
      for (const handler of handlers) this.#call(handler, message);
    });
  }

  // One job per message and not per handler, so that the mailbox's bound counts messages; each handler is guarded alone.
  #call(handler: (message: BusMessage) => void, message: BusMessage): void {
    if (!this.#closed) this.#mailbox.guard(() => handler(message));
  }

  #answer(request: BusRequest): Promise<Uint8Array> | undefined {
    const handler = this.#handler;
    if (handler === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const posted = this.#mailbox.post(() => {
        Promise.resolve(request)
          .then(handler)
          .then(resolve, () => reject(new BrokerError("request_failed")));
      });
      if (!posted) reject(new BrokerError("queue_full"));
    });
  }

  #await(answer: Promise<Uint8Array>, timeout: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        cancel();
        this.#pending.delete(fail);
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error instanceof BrokerError ? error : new BrokerError("request_failed"));
      };
      const cancel = this.#clock.after(timeout, () => fail(new BrokerError("request_timed_out")));
      this.#pending.add(fail);
      answer.then((data) => {
        settle();
        resolve(data);
      }, fail);
    });
  }

  #assertSendable(data: Uint8Array): void {
    this.#assertOpen();
    if (data.byteLength > this.#maxMessageBytes) throw new BrokerError("message_too_large");
  }

  #assertOpen(): void {
    if (this.#closed) throw new BrokerError("bus_closed");
  }
}
