import type { Clock } from "./clock.ts";
import type { ConnectorOptions, Dialer } from "./connector.ts";
import type { TransportName } from "./engine-transport.ts";

export interface NetworkWatcher {
  online(): void;
  offline(): void;
  /** The page is being left; it may come back from the back-forward cache with `shown`. */
  hidden(): void;
  /** The page asks whether it may be left. Heard only when it is there. */
  leaving?(): void;
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
  connector(options: ConnectorOptions): Dialer;
  /** False only when the device knows that it has no network. */
  online(): boolean;
  /** The transports there are. A name that is not in the list cannot be used here. */
  readonly transports: readonly TransportName[];
  /** What last worked, by server. Forgets rather than fails where nothing may be kept. */
  readonly memory: PlatformMemory;
  /** The clock whose timers do not keep a process alive, where there is such a thing. */
  readonly looseClock?: Clock;
  /** Reports changes until the returned function is called. */
  watch(watcher: NetworkWatcher): () => void;
  /** The form in which bytes reach event listeners. */
  binary(bytes: Uint8Array): ArrayBuffer | ArrayBufferView;
}
