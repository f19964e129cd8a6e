import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { CloseReason } from "@everwire/protocol";
import { DeadlineWheel, deadlines, HttpUpgrade, type UpgradableServer, type Upgrade } from "@everwire/websocket";
import { type FailureReason, failure, type TransportFailure } from "../failures.ts";
import { Cors, type Headers } from "../http/cors.ts";
import { ignoreError } from "../http/delivery.ts";
import { addressOf } from "../http/handshake-details.ts";
import { HandshakeRate, networkOf } from "../http/handshake-rate.ts";
import { HostRule } from "../http/host.ts";
import { answer, answerFailure, headersOf } from "../http/http-answer.ts";
import { type Middleware, Middlewares } from "../http/middlewares.ts";
import { OriginRule } from "../http/origin.ts";
import { Pipelines } from "../http/pipeline.ts";
import { pathOf } from "../http/query.ts";
import { discardBody } from "../http/request-body.ts";
import type { SendCounters } from "../session/backlog.ts";
import {
  type ListenerOptions,
  type ResolvedListenerOptions,
  resolveListenerOptions,
} from "../session/listener-options.ts";
import { queueGuard } from "../session/queue-guard.ts";
import { RefusalLog } from "../session/refusal-log.ts";
import type { EngineSession, Session, SessionHandler } from "../session/session.ts";
import { newSessionId } from "../session/session-id.ts";
import { admitPolling, type Gate, originAllowed } from "./admission.ts";
import { attachTo } from "./attachment.ts";
import type { ListenerStatistics } from "./listener-statistics.ts";
import { Reception } from "./reception.ts";
import { SessionRegistry } from "./registry.ts";
import { SessionHost } from "./session-host.ts";
import { RequestVisitor, UpgradeVisitor } from "./visitor.ts";

/** How long the close waits for clients that are between two requests. */
const FAREWELL_MS = 500;
/** Heartbeats shorter than this need a finer wheel than the one the process shares. */
const SHORT_HEARTBEAT_MS = 5000;
const FINE_TICK_MS = 10;
/** Characters of a refused origin that are logged. */
const LOGGED_ORIGIN = 200;

/** A request or an upgrade that was refused, and what the application threw if it did. */
export interface RequestRefusal {
  readonly row: TransportFailure;
  readonly request: IncomingMessage;
  readonly error: unknown;
}

/**
 * Opens sessions for the clients that reach it and owns them until they are gone. What it does not admit, it refuses with
 * a row of the failure table, counts and logs.
 */
export class Listener {
  /** Refusals so far, by reason. */
  readonly refusals: ReadonlyMap<FailureReason, number>;
  readonly #options: ResolvedListenerOptions;
  readonly #origins: OriginRule;
  readonly #cors: Cors;
  readonly #log: RefusalLog;
  readonly #wheel: DeadlineWheel;
  readonly #middlewares: Middlewares;
  readonly #registry = new SessionRegistry();
  readonly #pipelines = new Pipelines();
  readonly #gate: Gate;
  readonly #reception: Reception;
  readonly #host: SessionHost;
  readonly #counters: SendCounters = { droppedVolatile: 0, coalesced: 0, discarded: 0 };
  readonly #detach: (() => void)[] = [];
  #watchRefusals: ((refusal: RequestRefusal) => void) | undefined;
  #keepsRequests = false;
  #closing: Promise<void> | undefined;

  /** `open` is called once per session and returns what hears of it; options that make no sense throw a TypeError. */
  constructor(open: (session: Session) => SessionHandler, options?: Partial<ListenerOptions>) {
    this.#options = resolveListenerOptions(options);
    this.#origins = new OriginRule(this.#options.origins);
    this.#cors = new Cors(this.#origins, this.#options.cors);
    this.#log = new RefusalLog(this.#options.log);
    this.refusals = this.#log.counts;
    this.#wheel = wheelFor(this.#options);
    this.#middlewares = new Middlewares(this.#wheel, this.#options.allowRequestTimeout);
    this.#gate = this.#makeGate();
    this.#reception = new Reception(this.#gate, this.#middlewares, this.#wheel);
    this.#host = new SessionHost({
      options: this.#options,
      wheel: this.#wheel,
      registry: this.#registry,
      counters: this.#counters,
      accept: open,
      addressOf: (request) => this.#addressOf(request),
      generateId: (request) => this.generateId(request),
      keepsRequest: () => this.#options.keepRequest ?? this.#keepsRequests,
      full: (request) => this.#reception.full(request),
      refused: (why, session, error) => this.#recordSession(failure(why), session, error),
    });
  }

  /** Sessions open or closing. */
  get sessions(): number {
    return this.#registry.size;
  }

  /** Counters of what slow clients led to, for a page of metrics. */
  statistics(): ListenerStatistics {
    return {
      sessions: this.#registry.size,
      queuedBytes: queueGuard.bytes,
      ...this.#counters,
      slowConsumers: this.refusals.get("slow_consumer") ?? 0,
      guarded: this.refusals.get("memory_guard") ?? 0,
    };
  }

  /**
   * Adds a middleware `(request, response, next)` for every request and upgrade under the path, in the order of the calls.
   * It is asked after the request has been found in order and before `allowRequest`. Its headers go into the answer; an
   * answer of its own, or `next(error)`, refuses. What all of them together may take is `allowRequestTimeout`.
   */
  use(middleware: Middleware): this {
    this.#keepsRequests = true;
    this.insert(middleware);
    return this;
  }

  /** Adds a middleware that attaches nothing to the request, so that no session need keep its request for it. */
  protected insert(middleware: Middleware): void {
    this.#middlewares.use(middleware);
  }

  /** The id of a session that is about to be opened by `request`; may be replaced, see the option of this name. */
  generateId(request: IncomingMessage): string | Promise<string> {
    return this.#options.generateId?.(request) ?? newSessionId();
  }

  /** Calls `watch` for each request and upgrade that is refused, also for those that the log leaves out. There is one. */
  watchRefusals(watch: (refusal: RequestRefusal) => void): void {
    this.#watchRefusals = watch;
  }

  /**
   * Serves the requests and upgrades of an HTTP server that are under the path; the others go to the `request` listeners
   * that the server has now. Attach last: a `request` listener added later sees the requests under the path as well, and
   * one that answers them (an application's 404, say) breaks polling. An `upgrade` for another path is refused at once
   * when nobody else listens for upgrades, and destroyed when nobody has answered it after 1 s. Servers of `node:http`,
   * `node:https` and `node:http2`; over HTTP/2 a WebSocket is a stream opened by CONNECT (RFC 8441).
   */
  attach(server: UpgradableServer): void {
    this.#detach.push(attachTo(server, this));
  }

  /** True for the path of this listener, with or without its last slash. */
  handles(request: IncomingMessage): boolean {
    const { url = "" } = request;
    const { path: own } = this.#options;
    // The target that nearly every request under the path has; what follows is for the others.
    if (url.startsWith(own) && url[own.length] === "?") return true;
    const path = pathOf(url);
    return path === own || (path.length > 0 && `${path}/` === own);
  }

  /** Takes a request over; it is always answered. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", ignoreError);
    if (!this.#pipelines.admits(request, response)) {
      this.#record(failure("pipelined"), request);
      request.socket.destroy();
      return;
    }
    const headers = this.#corsHeaders(request);
    const known = this.#middlewares.empty ? admitPolling(request, this.#gate) : undefined;
    if (known !== undefined && this.#host.carry({ request, response, headers }, known)) return;
    const visitor = new RequestVisitor(request, response, headers, (row, error) => {
      this.#record(row, request, error);
      answerFailure(response, row, headers);
      discardBody(request, this.#wheel);
    });
    this.#reception.receive(visitor, (admission, binding) => {
      if (admission.kind === "preflight") this.#preflight(request, response);
      else this.#host.request(visitor, admission, binding);
    });
  }

  /** Takes an upgrade over: the socket becomes a session's WebSocket, or is refused and ended. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.takeUpgrade(new HttpUpgrade(request, socket, head));
  }

  /** The same for an upgrade of either HTTP. */
  takeUpgrade(upgrade: Upgrade): void {
    const { request, stream } = upgrade;
    // From here to its end the stream has an error listener: a reset must never end the process.
    stream.on("error", ignoreError);
    // What is no WebSocket handshake at all is refused as such, whatever its query says.
    const invalid = upgrade.check();
    if (invalid !== undefined) {
      this.#record(failure("websocket_handshake"), request);
      upgrade.refuse({ status: invalid.status, body: invalid.meaning, headers: invalid.headers });
      return;
    }
    const record = (row: TransportFailure, error?: unknown): void => this.#record(row, request, error);
    const refuse = (row: TransportFailure, error?: unknown): void => {
      record(row, error);
      if (row.status === 0) stream.destroy();
      else {
        const body = row.message === "" ? row.meaning : row.message;
        upgrade.refuse({ status: row.status, body, headers: headersOf(row.status) });
      }
    };
    const visitor = new UpgradeVisitor(upgrade, refuse, record);
    this.#reception.receive(visitor, (admission, binding) => this.#host.upgrade(visitor, admission, binding));
  }

  /** Opens no session from now on; those who ask are told to come again (503). Sessions that are open go on. */
  refuseNew(): void {
    this.#reception.close("draining");
  }

  /** The sessions that are open at this moment. */
  openSessions(): readonly Session[] {
    return this.#registry.sessions().filter(({ state }) => state === "open");
  }

  /** Resolves when there is no session. Those that are closing are waited for no longer than `close` would. */
  async emptied(): Promise<void> {
    const farewell = this.#wheel.set(FAREWELL_MS, () => this.#finishAll());
    await this.#registry.empty();
    farewell.cancel();
  }

  /** Closes every session, refuses new ones, and resolves when all are gone. The HTTP server itself stays open. */
  close(reason: CloseReason = "server shutting down"): Promise<void> {
    this.#closing ??= this.#closeAll(reason);
    return this.#closing;
  }

  async #closeAll(reason: CloseReason): Promise<void> {
    this.#reception.close();
    const gone = this.#registry.empty();
    for (const session of this.#registry.sessions()) session.close(reason);
    // A client that is between two polls hears of it if its next request comes soon.
    const farewell = this.#wheel.set(FAREWELL_MS, () => this.#finishAll());
    await gone;
    farewell.cancel();
    for (const detach of this.#detach.splice(0)) detach();
  }

  #finishAll(): void {
    for (const session of this.#registry.sessions()) session.finish();
  }

  #makeGate(): Gate {
    const { maxConnectionsPerAddress: most, maxHandshakesPerAddress } = this.#options;
    const rate = new HandshakeRate(maxHandshakesPerAddress);
    return {
      options: this.#options,
      origins: this.#origins,
      hosts: new HostRule(this.#options.hosts),
      find: (id) => this.#registry.find(id),
      crowded: (request) => most > 0 && this.#registry.count(networkOf(this.#addressOf(request))) >= most,
      mayOpen: (request) =>
        maxHandshakesPerAddress === 0 || rate.admits(networkOf(this.#addressOf(request)), performance.now()),
    };
  }

  /** Whom a request counts for. A hook that throws must not let everybody in: those are all one address. */
  #addressOf(request: IncomingMessage): string {
    const { clientAddress } = this.#options;
    if (clientAddress === undefined) return addressOf(request);
    try {
      return clientAddress(request);
    } catch (error) {
      this.#log.record(failure("hook_failed"), { address: addressOf(request), error }, performance.now());
      return "";
    }
  }

  #preflight(request: IncomingMessage, response: ServerResponse): void {
    const origin = originAllowed(request, this.#origins) ? request.headers.origin : undefined;
    answer(response, 204, "", "", this.#cors.preflight(origin));
  }

  #corsHeaders(request: IncomingMessage): Headers {
    const foreign = this.#origins.grantsForeign && originAllowed(request, this.#origins);
    return this.#cors.headers(foreign ? request.headers.origin : undefined);
  }

  #record(row: TransportFailure, request: IncomingMessage, error?: unknown): void {
    const origin = row.reason === "origin_refused" ? request.headers.origin?.slice(0, LOGGED_ORIGIN) : undefined;
    const faults = { ...(origin !== undefined && { origin }), ...(error !== undefined && { error }) };
    const context = { address: addressOf(request), ...faults };
    this.#log.record(row, context, performance.now());
    this.#watchRefusals?.({ row, request, error });
  }

  #recordSession(row: TransportFailure, { id, handshake }: EngineSession, error?: unknown): void {
    const context = { address: handshake.address, session: id, ...(error !== undefined && { error }) };
    this.#log.record(row, context, performance.now());
  }
}

/** The wheel of the process is a quarter of a second coarse: fine for seconds, not for the heartbeats of a test. */
function wheelFor({ pingInterval, pingTimeout }: ResolvedListenerOptions): DeadlineWheel {
  const short = Math.min(pingInterval, pingTimeout) < SHORT_HEARTBEAT_MS;
  return short ? new DeadlineWheel(() => performance.now(), FINE_TICK_MS) : deadlines;
}
