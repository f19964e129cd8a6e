import { encodeEngineHandshake } from "@everwire/protocol";
import { type AcceptOptions, type Connection, type DeadlineWheel, HandshakeFailure } from "@everwire/websocket";
import { openDownlink } from "../carriers/downlinks.ts";
import { WebSocketCarrier } from "../carriers/websocket-carrier.ts";
import { type FailureReason, failure, type TransportFailure } from "../failures.ts";
import { askAllowRequest } from "../http/allow-request.ts";
import { handshakeDetails, isSecure } from "../http/handshake-details.ts";
import { networkOf } from "../http/handshake-rate.ts";
import { answerFailure } from "../http/http-answer.ts";
import { sessionCookie } from "../http/session-cookie.ts";
import { LosslessTransport } from "../lossless/lossless-transport.ts";
import { LosslessUplink } from "../lossless/lossless-uplink.ts";
import { NOOP, OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { SendCounters } from "../session/backlog.ts";
import type { ResolvedListenerOptions } from "../session/listener-options.ts";
import { queueGuard } from "../session/queue-guard.ts";
import { EngineSession, type Session, type SessionHandler, type SessionOwner } from "../session/session.ts";
import { isSessionId } from "../session/session-id.ts";
import { PollingTransport } from "../stock/polling-transport.ts";
import { UpgradeProbe } from "../stock/upgrade.ts";
import { WebSocketTransport } from "../stock/websocket-transport.ts";
import type { Transport } from "../transport.ts";
import type { Admission, Attaching, Opening } from "./admission.ts";
import type { SessionRegistry } from "./registry.ts";
import type { RequestVisitor, UpgradeVisitor, Visitor } from "./visitor.ts";

/**
 * A connection ends itself when this much waits in it. The bound that matters is the session's `sendQueueLimit`; this one
 * only has to be larger than the largest single packet.
 */
const CONNECTION_BUFFER_BYTES = 256 * 1024 * 1024;

/** What a host needs of its listener. */
export interface HostSetup {
  readonly options: ResolvedListenerOptions;
  readonly wheel: DeadlineWheel;
  readonly registry: SessionRegistry;
  readonly counters: SendCounters;
  readonly accept: (session: Session) => SessionHandler;
  readonly addressOf: (request: RequestVisitor["request"]) => string;
  readonly generateId: (request: RequestVisitor["request"]) => string | Promise<string>;
  /** Whether sessions keep the request that opened them. */
  readonly keepsRequest: () => boolean;
  /** Why nobody new is admitted any more, at all or from the address of this request, if that is so. */
  readonly full: (request: RequestVisitor["request"]) => TransportFailure | undefined;
  /** Something of a session was refused; `error` is what the application threw, if it did. */
  refused(why: FailureReason, session: EngineSession, error?: unknown): void;
}

/** A plain request with what its answer needs. */
export type Delivery = Pick<RequestVisitor, "request" | "response" | "headers">;

/** A session about to be opened: what is known before there is a transport. */
interface Arrival {
  readonly id: string;
  readonly opening: Opening;
  readonly request: RequestVisitor["request"];
  readonly binding: string | undefined;
}

/** Opens sessions for visitors that have been admitted, and hands later visitors to the session they are for. */
export class SessionHost {
  readonly #setup: HostSetup;
  readonly #owner: SessionOwner;
  readonly #acceptOptions: AcceptOptions;

  constructor(setup: HostSetup) {
    this.#setup = setup;
    const { options, wheel, registry, counters } = setup;
    this.#owner = {
      options,
      wheel,
      counters,
      guard: queueGuard,
      refused: (why, session, error) => setup.refused(why, session, error),
      gone: (session) => registry.remove(session.id),
    };
    this.#acceptOptions = {
      maxPayload: options.maxPayload,
      maxBufferedBytes: CONNECTION_BUFFER_BYTES,
      // Engine.IO has a heartbeat of its own.
      heartbeat: false,
    };
  }

  /** Takes a plain request over. */
  request(visitor: RequestVisitor, admission: Admission, binding: string | undefined): void {
    const { request, response, headers } = visitor;
    switch (admission.kind) {
      case "open":
        this.#name(visitor, (id) => this.#openHttp(visitor, { id, opening: admission, request, binding }));
        return;
      case "attach":
        this.#attachHttp(visitor, admission);
        return;
      case "deliver":
        void admission.uplink.post(request, response, headers, admission.form);
        return;
      case "poll":
      case "post":
        if (!this.carry(visitor, admission.resident.session, admission.jsonp))
          visitor.refuse(failure("transport_mismatch"));
        return;
      case "upgrade":
      case "preflight":
        visitor.refuse(failure("bad_request"));
        return;
    }
  }

  /** Takes an upgrade over. */
  upgrade(visitor: UpgradeVisitor, admission: Admission, binding: string | undefined): void {
    switch (admission.kind) {
      case "open":
        this.#name(visitor, (id) => {
          this.#openWebSocket(visitor, { id, opening: admission, request: visitor.request, binding });
        });
        return;
      case "attach":
        this.#attachWebSocket(visitor, admission);
        return;
      case "upgrade":
        this.#probe(visitor, admission.resident.session);
        return;
      case "deliver":
      case "poll":
      case "post":
      case "preflight":
        visitor.refuse(failure("bad_request"));
        return;
    }
  }

  /** Gives a session its id and opens it, within this call unless `generateId` takes its time. */
  #name(visitor: Visitor, open: (id: string) => void): void {
    const { generateId, registry, full } = this.#setup;
    const named = (id: unknown): void => {
      if (typeof id === "string" && isSessionId(id) && registry.find(id) === undefined) open(id);
      else visitor.refuse(failure("id_failed"));
    };
    try {
      const id = generateId(visitor.request);
      if (typeof id === "string") {
        named(id);
        return;
      }
      let result: unknown;
      const wait = async (): Promise<void> => {
        result = await id;
      };
      const { options, wheel } = this.#setup;
      void askAllowRequest(wait, visitor.request, visitor.departed, options.allowRequestTimeout, wheel).then(
        ({ row, error }) => {
          const refused = row?.reason === "hook_failed" ? failure("id_failed") : (row ?? full(visitor.request));
          if (refused === undefined) named(result);
          else visitor.refuse(refused, error);
        },
      );
    } catch (error) {
      visitor.refuse(failure("id_failed"), error);
    }
  }

  #openHttp(visitor: RequestVisitor, arrival: Arrival): void {
    const { response, headers, request } = visitor;
    const { options, wheel } = this.#setup;
    const { everwire, transport, query, revision, jsonp } = arrival.opening;
    const cookie = sessionCookie(options.cookie, arrival.id, isSecure(request));
    // Beside the cookies of middlewares, not instead of them.
    if (cookie !== undefined) response.appendHeader("set-cookie", cookie);
    if (everwire) {
      const lossless = new LosslessTransport(options, wheel, transport);
      this.#open(arrival, lossless, new LosslessUplink(lossless, options, wheel));
      const asked = { transport, query, turn: 0, response, headers, pace: lossless.pace };
      const carrier = lossless.over ? undefined : openDownlink(asked, options, wheel);
      // The application threw when it was offered the session, and that has been recorded.
      if (carrier === undefined) answerFailure(response, failure("handler_failed"), headers);
      else lossless.begin(carrier);
      return;
    }
    const polling = new PollingTransport(options, wheel, revision);
    this.#open(arrival, polling, undefined);
    if (polling.accepting) polling.poll(response, headers, jsonp);
    else answerFailure(response, failure("handler_failed"), headers);
  }

  #openWebSocket(visitor: UpgradeVisitor, arrival: Arrival): void {
    const { options, wheel } = this.#setup;
    const { everwire, revision, query } = arrival.opening;
    const cookie = sessionCookie(options.cookie, arrival.id, isSecure(visitor.request));
    const connection = this.#accept(visitor, cookie === undefined ? [] : [`Set-Cookie: ${cookie}`]);
    if (connection === undefined) return;
    const mark = visitor.upgrade.stream.writableHighWaterMark;
    if (everwire) {
      const lossless = new LosslessTransport(options, wheel, "websocket");
      const carrier = new WebSocketCarrier(connection, mark);
      this.#open(arrival, lossless, new LosslessUplink(lossless, options, wheel));
      if (lossless.over) carrier.end([]);
      else lossless.begin(carrier);
      carrier.start();
      return;
    }
    const transport = new WebSocketTransport(connection, mark, revision, isTextOnly(query));
    this.#open(arrival, transport, undefined);
    transport.start();
  }

  #open(arrival: Arrival, transport: Transport, uplink: LosslessUplink | undefined): void {
    const { registry, accept, addressOf, keepsRequest } = this.#setup;
    const { id, opening, request, binding } = arrival;
    const address = addressOf(request);
    const details = handshakeDetails(request, address, keepsRequest());
    const session = new EngineSession(id, details, this.#owner, transport, opening.revision);
    registry.add({ session, opened: opening.transport, address: networkOf(address), binding, uplink });
    session.open(this.#openPacket(id, opening), accept);
  }

  #openPacket(sid: string, { transport, everwire }: Opening): OutgoingPacket {
    const { pingInterval, pingTimeout, reattachTimeout, maxPayload, allowUpgrades, transports } = this.#setup.options;
    const upgradable = !everwire && transport === "polling" && allowUpgrades && transports.includes("websocket");
    const upgrades = upgradable ? ["websocket"] : [];
    const text = encodeEngineHandshake({ sid, upgrades, pingInterval, pingTimeout, maxPayload });
    if (!everwire) return OutgoingPacket.control("open", text);
    const own = transports.filter((name) => allowUpgrades || transport === "websocket" || name !== "websocket");
    // The keys that make it an Everwire session; stock clients would ignore them, and are not sent them.
    const more = JSON.stringify({ everwire: 1, transports: own, reattachTimeout });
    return OutgoingPacket.control("open", `${text.slice(0, -1)},${more.slice(1)}`);
  }

  #attachHttp(visitor: RequestVisitor, { uplink, transport, query, turn, ack }: Attaching): void {
    const { response, headers } = visitor;
    // Handed over too late: its `close` has been, and the client will attach again.
    if (response.destroyed) return;
    const { options, wheel } = this.#setup;
    const { lossless } = uplink;
    const verdict = lossless.admit(turn, ack);
    if (verdict !== undefined && verdict !== "stale") {
      visitor.refuse(verdict);
      return;
    }
    const asked = { transport, query, turn, response, headers, pace: lossless.pace };
    const carrier = openDownlink(asked, options, wheel);
    if (carrier === undefined) visitor.refuse(failure("bad_request"));
    else if (verdict === "stale") carrier.end([NOOP]);
    else lossless.attach(carrier, turn);
  }

  #attachWebSocket(visitor: UpgradeVisitor, { uplink, turn, ack }: Attaching): void {
    const verdict = uplink.lossless.admit(turn, ack);
    if (verdict !== undefined && verdict !== "stale") {
      visitor.refuse(verdict);
      return;
    }
    const connection = this.#accept(visitor);
    if (connection === undefined) return;
    const carrier = new WebSocketCarrier(connection, visitor.upgrade.stream.writableHighWaterMark);
    if (verdict === "stale") carrier.end([NOOP]);
    else uplink.lossless.attach(carrier, turn);
    carrier.start();
  }

  /** Hands a request to the polling transport of its stock session; false when it has none any more. */
  carry({ request, response, headers }: Delivery, { carrier }: EngineSession, jsonp?: string): boolean {
    if (!(carrier instanceof PollingTransport) || !carrier.accepting) return false;
    if (request.method === "POST") carrier.post(request, response, headers, jsonp);
    else carrier.poll(response, headers, jsonp);
    return true;
  }

  #probe(visitor: UpgradeVisitor, session: EngineSession): void {
    const connection = this.#accept(visitor);
    if (connection === undefined) return;
    const { carrier } = session;
    if (!(carrier instanceof PollingTransport) || session.upgrading !== undefined) {
      // Refused after the handshake, not instead of it: clients take a failed handshake as a server that has no
      // WebSockets, and this session's client has one.
      this.#setup.refused("upgrade_refused", session);
      connection.start({ message() {}, close() {} });
      connection.close();
      return;
    }
    const textOnly = isTextOnly(session.handshake.query);
    const mark = visitor.upgrade.stream.writableHighWaterMark;
    const transport = new WebSocketTransport(connection, mark, session.revision, textOnly);
    // The probe is held by what it joins: the session, the transport and its deadline.
    new UpgradeProbe(session, carrier, transport, this.#owner, this.#setup.options.upgradeTimeout).begin();
  }

  #accept(visitor: UpgradeVisitor, more: readonly string[] = []): Connection | undefined {
    const extra = [...visitor.lines, ...more];
    const options =
      extra.length === 0
        ? this.#acceptOptions
        : { ...this.#acceptOptions, onHeaders: (lines: string[]) => void lines.push(...extra) };
    const connection = visitor.upgrade.accept(options);
    if (!(connection instanceof HandshakeFailure)) return connection;
    // It has been refused already.
    visitor.record(failure("websocket_handshake"));
    return undefined;
  }
}

/** `b64` in a query of revision 3: the client takes no bytes. Whatever its value, as upstream; a `0` is none. */
function isTextOnly(query: ReadonlyMap<string, string>): boolean {
  return !["", "0", undefined].includes(query.get("b64"));
}
