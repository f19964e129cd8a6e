import { ClientError } from "../failures.ts";
import type { NodeOptions } from "./node-options.ts";

/** Fixed for the life of one manager. */
export interface ConnectorOptions extends NodeOptions {
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly withCredentials: boolean;
  /** Subprotocols of a WebSocket. */
  readonly protocols: string | readonly string[];
  /** Bound of one message or response body. */
  readonly maxMessageBytes: number;
}

export interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: "include" | "same-origin";
  /** In place of the platform's, as it is there. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Bound of the body, bytes. */
  readonly limit: number;
}

export interface PlatformRequest {
  readonly url: string;
  /** Undefined: a GET. Otherwise the body of a POST. */
  readonly body: string | undefined;
  /** Of the body, default `text/plain;charset=UTF-8`. */
  readonly contentType?: string;
  readonly signal: AbortSignal;
  /** The request must outlive the page: a polite close. */
  readonly last?: boolean;
}

export interface PlatformResponse {
  readonly status: number;
  readonly body: string;
}

export interface PlatformStreamRequest {
  readonly url: string;
  /** What the response has to be, else it is refused: whoever answers something else is not our server. */
  readonly mediaType: "text/plain" | "text/event-stream";
  readonly signal: AbortSignal;
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
  /** Default 1000. */
  close(code?: number): void;
}

/** Called by one EventSource, never from inside `events` itself, and not after its end. */
export interface PlatformEventsHandler {
  message(data: string): void;
  /** Once and last: the response did not come, ended or broke off; a browser does not tell which. */
  over(): void;
}

/** Called by one script element, never from inside `jsonp` itself. */
export interface PlatformScriptHandler {
  /** The script has called its callback; `undefined` when it has not. Once and last, unless `failed`. */
  loaded(data: string | undefined): void;
  failed(): void;
}

/** Called by one frame, never from inside `frame` itself. */
export interface PlatformFrameHandler {
  /** Posted by the very document in the frame; `data` is whatever it posted. In a sandbox its origin is "null". */
  message(data: unknown, origin: string): void;
  /** The document has been read to its end, whatever it was: an error page loads too. */
  loaded(): void;
}

/**
 * The elements of a web page, for what is loaded into them: hidden, and without a trace once they are removed. Each
 * function returns what removes its element; afterwards nothing is reported.
 *
 * Nothing is loaded before the page itself is: a response that stays open would keep it from ever being complete.
 */
export interface PlatformPage {
  /** Of the page: scheme, host and port. */
  readonly origin: string;
  /** The frame is a sandbox: its document runs scripts and has no origin. */
  frame(url: string, handler: PlatformFrameHandler): () => void;
  /** Adds the parameter `j`, the place of the callback in the global list `___eio`. */
  jsonp(url: string, handler: PlatformScriptHandler): () => void;
  /** Submits a form into a frame. `loaded` is called when there was an answer; the page cannot read it. */
  submit(url: string, fields: Readonly<Record<string, string>>, loaded: () => void): () => void;
}

/** Dials for one manager. */
export interface Dialer {
  /** Bound of one message, one response body, and one record of a stream. */
  readonly maxMessageBytes: number;
  /** Cookies go to other origins as well. */
  readonly withCredentials?: boolean;
  /** How requests are made, where a connector is made of this later. */
  readonly fetching?: FetchOptions;
  dial(url: string, handler: PlatformSocketHandler): PlatformSocket;
}

/** The same with requests; keeps the manager's cookies where the platform does not do so itself. */
export interface Connector extends Dialer {
  /** Undefined where there are no elements to load into. */
  readonly page?: PlatformPage | undefined;
  /** Rejects when there was no response, or one that is larger than `maxMessageBytes` or not UTF-8. */
  request(request: PlatformRequest): Promise<PlatformResponse>;
  /**
   * Calls `onText` with the body as it comes, cut anywhere but inside a character; resolves at its end. Rejects with a
   * ClientError: "open_refused" for a status but 200 or another media type, "request_failed" when no response came,
   * "connection_lost" when it broke off, "parse_error" when it is not UTF-8; or with the one that `onText` throws.
   */
  stream(request: PlatformStreamRequest, onText: (text: string) => void): Promise<void>;
  /** The platform's own EventSource; undefined where it has none, or none that sends the headers asked for. */
  readonly events?: ((url: string, handler: PlatformEventsHandler) => () => void) | undefined;
}

/** Of a dialer that is a connector already. */
export function connectorOf(dialer: Dialer): Connector {
  if (!isConnector(dialer)) throw new ClientError("open_failed");
  return dialer;
}

function isConnector(dialer: Dialer): dialer is Connector {
  return "request" in dialer;
}
