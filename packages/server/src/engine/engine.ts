import type { IncomingMessage, ServerResponse } from "node:http";
import {
  Listener as EngineListener,
  type ListenerOptions,
  type Session,
  type SessionHandler,
} from "@everwire/transport";
import { type Listener, ListenerMap } from "../event/listener-map.ts";
import type { ClientFiles } from "./client-files.ts";
import { type ConnectionError, connectionError } from "./connection-error.ts";
import type { SessionView } from "./session-view.ts";

/** Headers of an answer, which a listener may add to. */
export type AnswerHeaders = Record<string, string | string[]>;

type EngineEvent = "connection" | "initial_headers" | "headers" | "connection_error";

/** A session's handler that shows the session to the application. */
export interface EngineHandler extends SessionHandler {
  readonly view: SessionView;
}

/**
 * The listener of a server with the counter and the events that monitoring tools and applications of Socket.IO read:
 * `server.engine`.
 *
 * `connection` (session): a session was opened, before any namespace. `initial_headers` and `headers` (headers, request):
 * what is put into the object goes into the answer, of the request that opens a session and of every request, upgrades
 * included. `connection_error` (error): a request or an upgrade was refused, each one, also those that the log leaves out.
 */
export class Engine extends EngineListener {
  readonly #listeners: ListenerMap;
  readonly #failed: (error: unknown) => void;
  readonly #files: ClientFiles | undefined;
  #headersWatched = false;

  constructor(
    open: (session: Session) => EngineHandler,
    options: Partial<ListenerOptions>,
    failed: (error: unknown) => void,
    files?: ClientFiles,
  ) {
    const listeners = new ListenerMap();
    super((session) => {
      const handler = open(session);
      listeners.emit("connection", [handler.view], failed);
      return handler;
    }, options);
    this.#listeners = listeners;
    this.#failed = failed;
    this.#files = files;
    this.watchRefusals((refusal) => {
      if (listeners.has("connection_error")) listeners.emit("connection_error", [connectionError(refusal)], failed);
    });
  }

  override handles(request: IncomingMessage): boolean {
    return super.handles(request) || this.#files?.find(request) !== undefined;
  }

  override handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const file = this.#files?.find(request);
    if (file === undefined) super.handleRequest(request, response);
    else this.#serve(file, request, response);
  }

  #serve(file: string, request: IncomingMessage, response: ServerResponse): void {
    // The client may leave in the middle of the file.
    response.on("error", () => undefined);
    this.#files?.serve(file, request, response).catch((error: unknown) => {
      this.#failed(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  }

  /** Sessions open or closing. */
  get clientsCount(): number {
    return this.sessions;
  }

  on(
    event: "initial_headers" | "headers",
    listener: (headers: AnswerHeaders, request: IncomingMessage) => unknown,
  ): this;
  on(event: "connection", listener: (session: SessionView) => unknown): this;
  on(event: "connection_error", listener: (error: ConnectionError) => unknown): this;
  on(event: string, listener: Listener): this {
    this.#watch(event);
    this.#listeners.on(event, listener);
    return this;
  }

  once(
    event: "initial_headers" | "headers",
    listener: (headers: AnswerHeaders, request: IncomingMessage) => unknown,
  ): this;
  once(event: "connection", listener: (session: SessionView) => unknown): this;
  once(event: "connection_error", listener: (error: ConnectionError) => unknown): this;
  once(event: string, listener: Listener): this {
    this.#watch(event);
    this.#listeners.once(event, listener);
    return this;
  }

  off(event: EngineEvent, listener?: Listener): this {
    this.#listeners.off(event, listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: EngineEvent, listener: Listener): this {
    return this.off(event, listener);
  }

  // A middleware costs every request something, so there is none until somebody wants the headers.
  #watch(event: string): void {
    if (!event.endsWith("headers") || this.#headersWatched) return;
    this.#headersWatched = true;
    this.insert((request, response, next) => {
      const headers: AnswerHeaders = Object.create(null);
      if (opensSession(request)) this.#listeners.emit("initial_headers", [headers, request], this.#failed);
      this.#listeners.emit("headers", [headers, request], this.#failed);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      next();
    });
  }
}

/** A request with a `sid` belongs to a session that is open already. */
function opensSession({ url = "" }: IncomingMessage): boolean {
  return !/[?&]sid=/.test(url);
}
