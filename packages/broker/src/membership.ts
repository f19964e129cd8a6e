/** A node of the cluster and where others reach it. */
export interface NodeInfo {
  /** Unique in the cluster, 1 to 128 characters. */
  readonly id: string;
  /** URLs in the order of preference, up to 16. */
  readonly addresses: readonly string[];
}

/** A node came, changed its addresses, or went: by itself or because it was not heard of in time. */
export type MembershipChange =
  | { readonly change: "join" | "update"; readonly node: NodeInfo }
  | { readonly change: "leave"; readonly node: NodeInfo; readonly reason: "left" | "expired" };

/**
 * Which nodes make up the cluster. A node is a member as long as it renews.
 *
 * Ordering: each watcher sees the changes of one node in the order in which they happened.
 *
 * Delivery: `list` is the truth; a watcher sees every change while its watch stands, at most once. A node that stopped
 * renewing is gone from `list` when its time is over and is reported at most 2 s later.
 *
 * Callers: the owner of a node, for its own node; anybody for `list` and `watch`. Watchers never run inside a call.
 *
 * Failure: a `BrokerError`; nothing was changed.
 */
export interface Membership {
  /** Enters the cluster, or changes this node's addresses. `ttl` is 1 ms to 1 day; renew at a third of it. */
  join(node: NodeInfo, ttl: number): Promise<void>;
  /** Counts the node's time from now. False when it had run out: the others think it gone, so join again. */
  renew(id: string, ttl: number): Promise<boolean>;
  /** Leaves at once. False when the node was no member. */
  leave(id: string): Promise<boolean>;
  /** All nodes in the order in which they joined. */
  list(): Promise<NodeInfo[]>;
  /** Calls back for every change from now on. Resolves with what ends the watch. */
  watch(watcher: (change: MembershipChange) => void): Promise<() => Promise<void>>;
  /** Ends the watches. Later calls reject with `membership_closed`. May be called again. */
  close(): Promise<void>;
}
