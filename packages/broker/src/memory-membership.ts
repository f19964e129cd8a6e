import { type Clock, systemClock } from "./clock.ts";
import { BrokerError } from "./failures.ts";
import { assertLease, LeaseTable } from "./lease-table.ts";
import { type Report, reportUncaught } from "./mailbox.ts";
import type { Membership, MembershipChange, NodeInfo } from "./membership.ts";
import { Watchers } from "./watchers.ts";

/** What a memory membership can be told. */
export interface MemoryMembershipOptions {
  /** Default: the process's clock. */
  readonly clock?: Clock;
  /** Nodes at once; one more is refused with `too_many_members`. Default 1 000. */
  readonly maxNodes?: number;
  /** Told what a watcher threw. Default: an uncaught exception. */
  readonly report?: Report;
}

const SWEEP_INTERVAL = 1000;
const MAX_ADDRESSES = 16;
const MAX_ADDRESS_LENGTH = 2048;

/** The nodes of a cluster inside one process: the reference of the contract. All nodes share the one instance. */
export class MemoryMembership implements Membership {
  readonly #clock: Clock;
  readonly #maxNodes: number;
  readonly #nodes = new LeaseTable<NodeInfo>();
  readonly #watchers: Watchers<MembershipChange>;
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(options: MemoryMembershipOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#maxNodes = options.maxNodes ?? 1000;
    this.#watchers = new Watchers(options.report ?? reportUncaught);
  }

  async join(node: NodeInfo, ttl: number): Promise<void> {
    const nodes = this.#live();
    assertNode(node, ttl);
    const known = nodes.has(node.id);
    if (!known && nodes.size >= this.#maxNodes) throw new BrokerError("too_many_members");
    const copy = { id: node.id, addresses: [...node.addresses] };
    nodes.enter(node.id, copy, ttl, this.#clock.now());
    this.#watchers.notify({ change: known ? "update" : "join", node: copy });
    this.#scheduleSweep();
  }

  async renew(id: string, ttl: number): Promise<boolean> {
    const nodes = this.#live();
    assertLease(id, ttl);
    return nodes.renew(id, undefined, ttl, this.#clock.now());
  }

  async leave(id: string): Promise<boolean> {
    const node = this.#live().leave(id, undefined);
    if (node !== undefined) this.#watchers.notify({ change: "leave", node, reason: "left" });
    return node !== undefined;
  }

  async list(): Promise<NodeInfo[]> {
    return this.#live().values();
  }

  async watch(watcher: (change: MembershipChange) => void): Promise<() => Promise<void>> {
    this.#live();
    const end = this.#watchers.add(watcher);
    return async () => end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    this.#watchers.clear();
  }

  #live(): LeaseTable<NodeInfo> {
    if (this.#closed) throw new BrokerError("membership_closed");
    for (const node of this.#nodes.expire(this.#clock.now())) {
      this.#watchers.notify({ change: "leave", node, reason: "expired" });
    }
    return this.#nodes;
  }

  #scheduleSweep(): void {
    this.#cancelSweep ??= this.#clock.after(SWEEP_INTERVAL, () => {
      this.#cancelSweep = undefined;
      if (this.#live().size > 0) this.#scheduleSweep();
    });
  }
}

function assertNode(node: NodeInfo, ttl: number): void {
  assertLease(node.id, ttl);
  const fits = node.addresses.length <= MAX_ADDRESSES && node.addresses.every((a) => a.length <= MAX_ADDRESS_LENGTH);
  if (node.id.length > 128 || !fits) throw new BrokerError("invalid_lease");
}
