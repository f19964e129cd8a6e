/** Who is present in a topic. The id is the caller's, unique in the topic; the data means nothing to the store. */
export interface PresenceMember {
  readonly id: string;
  readonly data: Uint8Array;
}

/** The right to keep or end one membership. A later `enter` of the same id makes it stale. */
export interface Lease {
  readonly topic: string;
  readonly id: string;
  readonly token: string;
}

/** A member came, changed its data, or went: by itself or because its lease ran out. */
export type PresenceChange =
  | { readonly change: "enter" | "update"; readonly topic: string; readonly member: PresenceMember }
  | {
      readonly change: "leave";
      readonly topic: string;
      readonly member: PresenceMember;
      readonly reason: "left" | "expired";
    };

/**
 * Who is where, by leases: a member that nobody renews is gone, so the members of a dead node vanish by themselves.
 *
 * Ordering: the changes of one topic reach each watcher in the order in which they happened. Nothing between topics.
 *
 * Delivery: `members` is the truth; a watcher sees every change while its watch stands, at most once. A lease that ran out
 * is reported at most 2 s late and is not in `members` any more. Time is monotonic: no step of a wall clock ends a lease.
 *
 * Callers: any code of the node, concurrently. Watchers never run inside a call of the owner.
 *
 * Failure: a `BrokerError`; nothing was changed.
 */
export interface PresenceStore {
  /** Enters, or takes over the id with new data: watchers see `enter` or `update`. `ttl` is 1 ms to 1 day. */
  enter(topic: string, member: PresenceMember, ttl: number): Promise<Lease>;
  /** Counts the lease's time from now. False when it is stale or has run out: then enter again. */
  renew(lease: Lease, ttl: number): Promise<boolean>;
  /** Ends the membership. False when the lease is stale or has run out: then nothing happens. */
  leave(lease: Lease): Promise<boolean>;
  /** Everybody present, in the order in which they entered. */
  members(topic: string): Promise<PresenceMember[]>;
  /** Calls back for every change from now on. Resolves with what ends the watch. */
  watch(topic: string, watcher: (change: PresenceChange) => void): Promise<() => Promise<void>>;
  /** Ends this store's watches. Leases stand until they run out. Later calls reject with `presence_closed`. */
  close(): Promise<void>;
}
