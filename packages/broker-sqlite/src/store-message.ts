import type {
  BrokerFailureCode,
  IdempotencyBounds,
  LogQuery,
  PageOf,
  Position,
  Retention,
  TopicSummary,
} from "@everwire/broker";

/** What the worker is started with. */
export interface StoreOptions {
  readonly directory: string;
  readonly idempotency: IdempotencyBounds;
  readonly retention: Retention;
  readonly maxPageBytes: number;
  /** Largest size of the database file; 0 for none. */
  readonly maxBytes: number;
  /** The monotonic time of the owner's clock at the start. */
  readonly now: number;
}

/** One append of a batch. A tuple: a batch is cloned between the threads, and property names would be cloned with it. */
export type BatchEntry = readonly [
  topic: string,
  key: string | null,
  id: string,
  contentType: string,
  /** JSON. */
  headers: string,
  time: number,
  size: number,
  /** Bytes of this entry's data; the data of all entries lie end to end. */
  length: number,
];

/** What an entry came to. `first` is given when it repeated a key: the time and id of the append that was stored. */
export type BatchResult = readonly [offset: number, epoch: string, first?: readonly [time: number, id: string]];

export interface AppendCall {
  readonly kind: "append";
  readonly now: number;
  readonly time: number;
  readonly entries: readonly BatchEntry[];
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What the worker is asked for, one at a time, in the order of sending. */
export type StoreCall =
  | AppendCall
  | { readonly kind: "read"; readonly topic: string; readonly query: LogQuery }
  | { readonly kind: "head"; readonly topic: string }
  | { readonly kind: "trim"; readonly topic: string; readonly retention: Retention; readonly time: number }
  | { readonly kind: "topics"; readonly prefix: string; readonly limit: number }
  | { readonly kind: "close" };

/** A record on its way between the threads: headers are still JSON, the epoch is the page's. */
export interface StoredRecord {
  readonly offset: number;
  readonly id: string;
  readonly contentType: string;
  readonly headers: string;
  readonly time: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What the worker answers. `opened` answers the start. */
export type StoreReply =
  | { readonly kind: "opened" }
  | { readonly kind: "appended"; readonly results: readonly BatchResult[]; readonly committed: boolean }
  | { readonly kind: "page"; readonly page: PageOf<StoredRecord> }
  | { readonly kind: "head"; readonly position: Position }
  | { readonly kind: "trimmed"; readonly count: number }
  | { readonly kind: "topics"; readonly topics: readonly TopicSummary[] }
  | { readonly kind: "closed" }
  | {
      readonly kind: "failure";
      readonly code: BrokerFailureCode;
      readonly detail: string;
      readonly topic?: string | undefined;
      readonly offset?: number | undefined;
    };
