import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { type CloseReason, encodeEngineHandshake } from "@everwire/protocol";
import {
  type AcceptOptions,
  acceptUpgrade,
  type Connection,
  checkUpgrade,
  DeadlineWheel,
  deadlines,
  HandshakeFailure,
  refuseUpgrade,
} from "@everwire/websocket";
import { admit, type Gate, originAllowed } from "./admission.ts";
import { askAllowRequest, type Verdict, type WatchDeparture } from "./allow-request.ts";
import { attachTo } from "./attachment.ts";
import { Cors, type Headers } from "./cors.ts";
import { departureOfRequest, departureOfUpgrade } from "./departure.ts";
import { type FailureReason, failure, TransportFailure } from "./failures.ts";
import { addressOf, handshakeDetails } from "./handshake-details.ts";
import { answer, answerFailure } from "./http-answer.ts";
import { type ListenerOptions, type ResolvedListenerOptions, resolveListenerOptions } from "./listener-options.ts";
import { OriginRule } from "./origin.ts";
import { OutgoingPacket } from "./outgoing-packet.ts";
import { PollingTransport } from "./polling-transport.ts";
import { pathOf } from "./query.ts";
import { RefusalLog } from "./refusal-log.ts";
import { discardBody } from "./request-body.ts";
import { EngineSession, type Session, type SessionHandler, type SessionOwner } from "./session.ts";
import { newSessionId } from "./session-id.ts";
import type { Transport, TransportName } from "./transport.ts";
import { UpgradeProbe } from "./upgrade.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

/** Heartbeats shorter than this need a finer wheel than the one the process shares. */
const SHORT_HEARTBEAT_MS = 5000;
const FINE_TICK_MS = 10;
/** Characters of a refused origin that are logged. */
const LOGGED_ORIGIN = 200;

/**
 * A connection ends itself when this much waits in it. The bound that matters is the session's `sendQueueLimit`; this one
 * only has to be larger than the largest single packet.
 */
const CONNECTION_BUFFER_BYTES = 256 * 1024 * 1024;

/**
 * Opens sessions for the clients that reach it and owns them until they are gone. What it does not admit, it refuses with
 * a row of the failure table, counts and logs.
 */
export class Listener {
  /** Refusals so far, by reason. */
  readonly refusals: ReadonlyMap<FailureReason, number>;
  readonly #accept: (session: Session) => SessionHandler;
  readonly #options: ResolvedListenerOptions;
  readonly #cors: Cors;
  readonly #log: RefusalLog;
  readonly #wheel: DeadlineWheel;
  readonly #gate: Gate;
  readonly #owner: SessionOwner;
  readonly #sessions = new Map<string, EngineSession>();
  readonly #detach: (() => void)[] = [];
  readonly #acceptOptions: AcceptOptions;
  #closing: Promise<void> | undefined;
  #allGone: (() => void) | undefined;

  /** `open` is called once per session and returns what hears of it; options that make no sense throw a TypeError. */
  constructor(open: (session: Session) => SessionHandler, options?: Partial<ListenerOptions>) {
    this.#accept = open;
    this.#options = resolveListenerOptions(options);
    const origins = new OriginRule(this.#options.origins);
    this.#cors = new Cors(origins, this.#options.cors);
    this.#log = new RefusalLog(this.#options.log);
    this.refusals = this.#log.counts;
    this.#wheel = wheelFor(this.#options);
    this.#acceptOptions = {
      maxPayload: this.#options.maxPayload,
      maxBufferedBytes: CONNECTION_BUFFER_BYTES,
      // Engine.IO has a heartbeat of its own.
      heartbeat: false,
    };
    this.#gate = { options: this.#options, origins, find: (id) => this.#sessions.get(id) };
    this.#owner = {
      options: this.#options,
      wheel: this.#wheel,
      refused: (why, session, error) => this.#recordSession(failure(why), session, error),
      gone: (session) => this.#remove(session),
    };
  }

  /** Sessions open or closing. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * Serves the requests and upgrades of an HTTP server that are under the path; the others go to the `request` listeners
   * that the server has now. Attach last: a `request` listener added later sees the requests under the path as well, and
   * one that answers them (an application's 404, say) breaks polling. An `upgrade` for another path is refused at once
   * when nobody else listens for upgrades, and destroyed when nobody has answered it after 1 s.
   */
  attach(server: HttpServer | HttpsServer): void {
    this.#detach.push(attachTo(server, this));
  }

  /** True for the path of this listener, with or without its last slash. */
  handles(request: IncomingMessage): boolean {
    const path = pathOf(request.url ?? "");
    return path === this.#options.path || (path.length > 0 && `${path}/` === this.#options.path);
  }

  /** Takes a request over; it is always answered. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => {});
    const headers = this.#corsHeaders(request);
    const admission = this.#closing === undefined ? admit(request, "request", this.#gate) : failure("shutting_down");
    if (admission instanceof TransportFailure) {
      this.#refuse(request, response, admission, headers);
      return;
    }
    switch (admission.kind) {
      case "preflight":
        this.#preflight(request, response);
        return;
      case "open":
        this.#afterHook(request, departureOfRequest(response), ({ row, error }) => {
          if (row !== undefined) this.#refuse(request, response, row, headers, error);
          else this.#openPolling(request, response, admission.query, headers);
        });
        return;
      case "poll":
      case "post":
        this.#carry(admission.session, request, response, headers);
        return;
      case "upgrade":
        this.#refuse(request, response, failure("bad_request"), headers);
        return;
    }
  }

  /** Takes an upgrade over: the socket becomes a session's WebSocket, or is refused and ended. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // From here to its end the socket has an error listener: a reset must never end the process.
    socket.on("error", () => {});
    // What is no WebSocket handshake at all is refused as such, whatever its query says.
    const invalid = checkUpgrade(request);
    if (invalid !== undefined) {
      this.#record(failure("websocket_handshake"), request);
      refuseUpgrade(socket, invalid.status, invalid.meaning, invalid.headers);
      return;
    }
    const admission = this.#closing === undefined ? admit(request, "upgrade", this.#gate) : failure("shutting_down");
    if (admission instanceof TransportFailure) {
      this.#refuseUpgrade(request, socket, admission);
      return;
    }
    if (admission.kind === "upgrade") {
      this.#probe(admission.session, request, socket, head);
      return;
    }
    if (admission.kind !== "open") {
      this.#refuseUpgrade(request, socket, failure("bad_request"));
      return;
    }
    this.#afterHook(request, departureOfUpgrade(socket), ({ row, error }) => {
      if (row !== undefined) this.#refuseUpgrade(request, socket, row, error);
      else this.#openWebSocket(request, socket, head, admission.query);
    });
  }

  /** Closes every session, refuses new ones, and resolves when all are gone. The HTTP server itself stays open. */
  close(reason: CloseReason = "server shutting down"): Promise<void> {
    this.#closing ??= this.#closeAll(reason);
    return this.#closing;
  }

  async #closeAll(reason: CloseReason): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    for (const session of [...this.#sessions.values()]) {
      session.close(reason);
      session.finish();
    }
    if (this.#sessions.size > 0) await gone;
    for (const detach of this.#detach.splice(0)) detach();
  }

  /** Continues at once when there is no hook, so that the common case costs no promise. */
  #afterHook(request: IncomingMessage, watch: WatchDeparture, next: (verdict: Verdict) => void): void {
    const { allowRequest, allowRequestTimeout } = this.#options;
    if (allowRequest === undefined) {
      next({ row: undefined });
      return;
    }
    void askAllowRequest(allowRequest, request, watch, allowRequestTimeout, this.#wheel).then((verdict) => {
      const tooLate = verdict.row === undefined && this.#closing !== undefined;
      next(tooLate ? { row: failure("shutting_down") } : verdict);
    });
  }

  #openPolling(
    request: IncomingMessage,
    response: ServerResponse,
    query: ReadonlyMap<string, string>,
    headers: Headers,
  ): void {
    const polling = new PollingTransport(this.#options, this.#wheel);
    this.#open(request, query, polling);
    // The application threw when it was offered the session.
    if (!polling.accepting) {
      answerFailure(response, failure("handler_failed"), headers);
      return;
    }
    polling.poll(response, headers);
  }

  #openWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, query: ReadonlyMap<string, string>): void {
    const connection = this.#acceptConnection(request, socket, head);
    if (connection === undefined) return;
    const transport = new WebSocketTransport(connection, socket.writableHighWaterMark);
    this.#open(request, query, transport);
    transport.start();
  }

  #open(request: IncomingMessage, query: ReadonlyMap<string, string>, transport: Transport): void {
    const session = new EngineSession(newSessionId(), handshakeDetails(request, query), this.#owner, transport);
    this.#sessions.set(session.id, session);
    session.open(this.#openPacket(session.id, transport.name), this.#accept);
  }

  #openPacket(sid: string, transport: TransportName): OutgoingPacket {
    const { pingInterval, pingTimeout, maxPayload, allowUpgrades, transports } = this.#options;
    const upgradable = transport === "polling" && allowUpgrades && transports.includes("websocket");
    const upgrades = upgradable ? ["websocket"] : [];
    return OutgoingPacket.control(
      "open",
      encodeEngineHandshake({ sid, upgrades, pingInterval, pingTimeout, maxPayload }),
    );
  }

  /** Hands a request to the polling transport of its session. */
  #carry(session: EngineSession, request: IncomingMessage, response: ServerResponse, headers: Headers): void {
    const { carrier } = session;
    if (!(carrier instanceof PollingTransport) || !carrier.accepting) {
      this.#refuse(request, response, failure("transport_mismatch"), headers);
      return;
    }
    if (request.method === "POST") void carrier.post(request, response, headers);
    else carrier.poll(response, headers);
  }

  #probe(session: EngineSession, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = this.#acceptConnection(request, socket, head);
    if (connection === undefined) return;
    const { carrier } = session;
    if (!(carrier instanceof PollingTransport) || session.upgrading !== undefined) {
      // Refused after the handshake, not instead of it: clients take a failed handshake as a server that has no
      // WebSockets, and this session's client has one.
      this.#recordSession(failure("upgrade_refused"), session);
      connection.start({ message() {}, close() {} });
      connection.close();
      return;
    }
    const transport = new WebSocketTransport(connection, socket.writableHighWaterMark);
    // The probe is held by what it joins: the session, the transport and its deadline.
    new UpgradeProbe(session, carrier, transport, this.#owner, this.#options.upgradeTimeout).begin();
  }

  #acceptConnection(request: IncomingMessage, socket: Duplex, head: Buffer): Connection | undefined {
    const connection = acceptUpgrade(request, socket, head, this.#acceptOptions);
    if (!(connection instanceof HandshakeFailure)) return connection;
    this.#record(failure("websocket_handshake"), request);
    return undefined;
  }

  #preflight(request: IncomingMessage, response: ServerResponse): void {
    const origin = originAllowed(request, this.#gate.origins) ? request.headers.origin : undefined;
    answer(response, 204, "", "", this.#cors.preflight(origin));
  }

  #corsHeaders(request: IncomingMessage): Headers {
    return this.#cors.headers(originAllowed(request, this.#gate.origins) ? request.headers.origin : undefined);
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    row: TransportFailure,
    headers: Headers,
    error?: unknown,
  ): void {
    this.#record(row, request, error);
    answerFailure(response, row, headers);
    discardBody(request, this.#wheel);
  }

  #refuseUpgrade(request: IncomingMessage, socket: Duplex, row: TransportFailure, error?: unknown): void {
    this.#record(row, request, error);
    if (row.status === 0) socket.destroy();
    else refuseUpgrade(socket, row.status, row.message === "" ? row.meaning : row.message);
  }

  #record(row: TransportFailure, request: IncomingMessage, error?: unknown): void {
    const origin = row.reason === "origin_refused" ? request.headers.origin?.slice(0, LOGGED_ORIGIN) : undefined;
    const faults = { ...(origin !== undefined && { origin }), ...(error !== undefined && { error }) };
    const context = { address: addressOf(request), ...faults };
    this.#log.record(row, context, performance.now());
  }

  #recordSession(row: TransportFailure, { id, handshake }: EngineSession, error?: unknown): void {
    const context = { address: handshake.address, session: id, ...(error !== undefined && { error }) };
    this.#log.record(row, context, performance.now());
  }

  #remove(session: EngineSession): void {
    this.#sessions.delete(session.id);
    if (this.#sessions.size === 0) this.#allGone?.();
  }
}

/** The wheel of the process is a quarter of a second coarse: fine for seconds, not for the heartbeats of a test. */
function wheelFor({ pingInterval, pingTimeout }: ResolvedListenerOptions): DeadlineWheel {
  const short = Math.min(pingInterval, pingTimeout) < SHORT_HEARTBEAT_MS;
  return short ? new DeadlineWheel(() => performance.now(), FINE_TICK_MS) : deadlines;
}
