import { type Clock, systemClock } from "./clock.ts";
import { BrokerError } from "./failures.ts";
import { assertLease, LeaseTable } from "./lease-table.ts";
import { assertTopic } from "./log-record.ts";
import { type Report, reportUncaught } from "./mailbox.ts";
import type { Lease, PresenceChange, PresenceMember, PresenceStore } from "./presence.ts";
import { Watchers } from "./watchers.ts";

/** What a memory presence store can be told. */
export interface MemoryPresenceOptions {
  /** Default: the process's clock. */
  readonly clock?: Clock;
  /** Members of one topic; one more is refused with `too_many_members`. Default 10 000. */
  readonly maxMembers?: number;
  /** Bytes of one member's data. Default 4 096. */
  readonly maxMemberBytes?: number;
  /** Topics with members. Default 100 000. */
  readonly maxTopics?: number;
  /** Told what a watcher threw. Default: an uncaught exception. */
  readonly report?: Report;
}

const SWEEP_INTERVAL = 1000;

/** Presence in this process's memory: the reference of the contract. */
export class MemoryPresence implements PresenceStore {
  readonly #options: Required<MemoryPresenceOptions>;
  // Both lose a topic's entry when it is empty, so they are bounded by what is alive.
  readonly #topics = new Map<string, LeaseTable<PresenceMember>>();
  readonly #watchers = new Map<string, Watchers<PresenceChange>>();
  // Counted over all topics: a table that was emptied and made anew must not give out an old token again.
  #tokens = 0;
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(options: MemoryPresenceOptions = {}) {
    this.#options = {
      clock: options.clock ?? systemClock,
      maxMembers: options.maxMembers ?? 10_000,
      maxMemberBytes: options.maxMemberBytes ?? 4096,
      maxTopics: options.maxTopics ?? 100_000,
      report: options.report ?? reportUncaught,
    };
  }

  async enter(topic: string, member: PresenceMember, ttl: number): Promise<Lease> {
    const table = this.#live(topic) ?? new LeaseTable<PresenceMember>();
    assertLease(member.id, ttl);
    const known = table.has(member.id);
    const { maxMembers, maxMemberBytes, maxTopics } = this.#options;
    if (member.data.byteLength > maxMemberBytes) throw new BrokerError("member_too_large", { topic });
    if (!known && table.size >= maxMembers) throw new BrokerError("too_many_members", { topic });
    if (table.size === 0 && this.#topics.size >= maxTopics) throw new BrokerError("too_many_topics", { topic });
    const copy = { id: member.id, data: Uint8Array.from(member.data) };
    this.#tokens += 1;
    const token = String(this.#tokens);
    table.enter(member.id, copy, ttl, this.#options.clock.now(), token);
    this.#topics.set(topic, table);
    this.#notify({ change: known ? "update" : "enter", topic, member: copy });
    this.#scheduleSweep();
    return { topic, id: member.id, token };
  }

  async renew(lease: Lease, ttl: number): Promise<boolean> {
    const table = this.#live(lease.topic);
    assertLease(lease.id, ttl);
    return table?.renew(lease.id, lease.token, ttl, this.#options.clock.now()) ?? false;
  }

  async leave(lease: Lease): Promise<boolean> {
    const { topic, id, token } = lease;
    const table = this.#live(topic);
    const member = table?.leave(id, token);
    if (table?.size === 0) this.#topics.delete(topic);
    if (member === undefined) return false;
    this.#notify({ change: "leave", topic, member, reason: "left" });
    return true;
  }

  async members(topic: string): Promise<PresenceMember[]> {
    return this.#live(topic)?.values() ?? [];
  }

  async watch(topic: string, watcher: (change: PresenceChange) => void): Promise<() => Promise<void>> {
    // What has run out by now belongs to the time before this watch.
    this.#live(topic);
    const watchers = this.#watchers.get(topic) ?? new Watchers<PresenceChange>(this.#options.report);
    this.#watchers.set(topic, watchers);
    const end = watchers.add(watcher);
    return async () => {
      end();
      if (watchers.size === 0 && this.#watchers.get(topic) === watchers) this.#watchers.delete(topic);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const watchers of this.#watchers.values()) watchers.clear();
    this.#watchers.clear();
    this.#topics.clear();
  }

  /** The topic's leases without those that have run out: every call sees the same truth, whenever the sweep comes. */
  #live(topic: string): LeaseTable<PresenceMember> | undefined {
    if (this.#closed) throw new BrokerError("presence_closed");
    assertTopic(topic);
    this.#expire(topic);
    return this.#topics.get(topic);
  }

  #expire(topic: string): void {
    const table = this.#topics.get(topic);
    const expired = table?.expire(this.#options.clock.now()) ?? [];
    if (table?.size === 0) this.#topics.delete(topic);
    for (const member of expired) this.#notify({ change: "leave", topic, member, reason: "expired" });
  }

  #notify(change: PresenceChange): void {
    this.#watchers.get(change.topic)?.notify(change);
  }

  #scheduleSweep(): void {
    this.#cancelSweep ??= this.#options.clock.after(SWEEP_INTERVAL, () => {
      this.#cancelSweep = undefined;
      for (const topic of [...this.#topics.keys()]) this.#expire(topic);
      if (this.#topics.size > 0) this.#scheduleSweep();
    });
  }
}
