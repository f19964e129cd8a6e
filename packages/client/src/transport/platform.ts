import type { Clock } from "./clock.ts";
import type { Connector, ConnectorOptions } from "./connector.ts";
import type { Downlinks } from "./downlinks.ts";

export interface NetworkWatcher {
  online(): void;
  offline(): void;
  /** The page is being left; it may come back from the back-forward cache with `shown`. */
  hidden(): void;
  shown(): void;
  /** The page is looked at again. */
  visible(): void;
}

export interface PlatformMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** Everything in which browsers and Node differ. Nothing else in this package looks at the surroundings. */
export interface Platform {
  readonly clock: Clock;
  /** Address of the page, against which addresses without a host are resolved. */
  readonly base: string | undefined;
  connector(options: ConnectorOptions): Connector;
  /** False only when the device knows that it has no network. */
  online(): boolean;
  readonly downlinks: Downlinks;
  /** What last worked, by server. Forgets rather than fails where nothing may be kept. */
  readonly memory: PlatformMemory;
  /** Reports changes until the returned function is called. */
  watch(watcher: NetworkWatcher): () => void;
  /** The form in which bytes reach event listeners. */
  binary(bytes: Uint8Array): unknown;
}
