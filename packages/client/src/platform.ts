import type { Clock } from "./clock.ts";

/** Fixed for the life of one manager. */
export interface ConnectorOptions {
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly withCredentials: boolean;
  /** Bound of one message or response body. */
  readonly maxMessageBytes: number;
}

export interface PlatformRequest {
  readonly url: string;
  /** Undefined: a GET. Otherwise the body of a POST. */
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** The request must outlive the page: a polite close. */
  readonly last?: boolean;
}

export interface PlatformResponse {
  readonly status: number;
  readonly body: string;
}

/** Called by one WebSocket, never from inside `dial` itself. */
export interface PlatformSocketHandler {
  open(): void;
  message(data: string | Uint8Array): void;
  /** Exactly once and last, also when the connection never opened. `detail` is for people. */
  close(detail: string | undefined): void;
}

export interface PlatformSocket {
  /** Bytes handed over and not yet sent. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(): void;
}

/** Dials for one manager; keeps its cookies where the platform does not do so itself. */
export interface Connector {
  dial(url: string, handler: PlatformSocketHandler): PlatformSocket;
  /** Rejects when there was no response, or one that is larger than `maxMessageBytes` or not UTF-8. */
  request(request: PlatformRequest): Promise<PlatformResponse>;
}

export interface NetworkWatcher {
  online(): void;
  offline(): void;
  /** The page is being left; it may come back from the back-forward cache with `shown`. */
  hidden(): void;
  shown(): void;
}

/** Everything in which browsers and Node differ. Nothing else in this package looks at the surroundings. */
export interface Platform {
  readonly clock: Clock;
  /** Address of the page, against which addresses without a host are resolved. */
  readonly base: string | undefined;
  connector(options: ConnectorOptions): Connector;
  /** False only when the device knows that it has no network. */
  online(): boolean;
  /** Reports changes until the returned function is called. */
  watch(watcher: NetworkWatcher): () => void;
  /** The form in which bytes reach event listeners. */
  binary(bytes: Uint8Array): unknown;
}
