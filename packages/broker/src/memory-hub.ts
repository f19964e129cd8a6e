import type { BusMessage, BusRequest } from "./bus.ts";
import { BrokerError } from "./failures.ts";

/** What the hub needs of a node. */
export interface HubEndpoint {
  /** True when a message of the topic cannot be taken now. */
  full(topic: string): boolean;
  deliver(message: BusMessage): void;
  /** Undefined when the node does not serve. */
  answer(request: BusRequest): Promise<Uint8Array> | undefined;
}

/** The wire between the memory buses of one process. */
export class MemoryHub {
  readonly #endpoints = new Map<string, HubEndpoint>();

  /** Adds a node; two of one name cannot be told apart, so the second is refused with `node_in_use`. */
  attach(node: string, endpoint: HubEndpoint): void {
    if (this.#endpoints.has(node)) throw new BrokerError("node_in_use");
    this.#endpoints.set(node, endpoint);
  }

  detach(node: string): void {
    this.#endpoints.delete(node);
  }

  find(node: string): HubEndpoint | undefined {
    return this.#endpoints.get(node);
  }

  others(node: string): string[] {
    return [...this.#endpoints.keys()].filter((name) => name !== node);
  }

  /** Delivers to all nodes but the sender, or to none: false when one of them is full. */
  publish(message: BusMessage): boolean {
    const targets = this.others(message.from).flatMap((node) => this.#endpoints.get(node) ?? []);
    if (targets.some((target) => target.full(message.topic))) return false;
    for (const target of targets) target.deliver(message);
    return true;
  }
}
