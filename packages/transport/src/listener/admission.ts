import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { EngineRevision } from "@everwire/protocol";
import { iframeForm } from "../carriers/iframe-form.ts";
import { failure, TransportFailure } from "../failures.ts";
import { hostOf, isSecure } from "../http/handshake-details.ts";
import type { HostRule } from "../http/host.ts";
import { isJsonpIndex } from "../http/jsonp-form.ts";
import type { OriginRule } from "../http/origin.ts";
import { polledSession } from "../http/polling-target.ts";
import { type ParsedQuery, parseQuery } from "../http/query.ts";
import type { LosslessUplink } from "../lossless/lossless-uplink.ts";
import { parseNumber } from "../packet/session-packet.ts";
import type { ResolvedListenerOptions } from "../session/listener-options.ts";
import type { EngineSession } from "../session/session.ts";
import { isSessionId } from "../session/session-id.ts";
import type { TransportName } from "../transport.ts";
import type { Resident } from "./registry.ts";

/** The two ways into a listener. */
export type Entrance = "request" | "upgrade";

/** A request that opens a session. */
export interface Opening {
  readonly kind: "open";
  readonly transport: TransportName;
  readonly revision: EngineRevision;
  /** Whether the client numbers its messages (docs/protocol/session.md). */
  readonly everwire: boolean;
  /** The index of the callback, where the answer is to be a script. */
  readonly jsonp: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

/** A request that takes over the downlink of an Everwire session. */
export interface Attaching {
  readonly kind: "attach";
  readonly resident: Resident;
  readonly uplink: LosslessUplink;
  readonly transport: TransportName;
  readonly turn: number;
  readonly ack: number;
  readonly query: ReadonlyMap<string, string>;
}

/** What an admitted request is for. */
export type Admission =
  | { readonly kind: "preflight" }
  | Opening
  | Attaching
  | { readonly kind: "poll" | "post"; readonly resident: Resident; readonly jsonp: string | undefined }
  | { readonly kind: "upgrade"; readonly resident: Resident }
  /** Packets of an Everwire session; `form`: posted by a form, whose page cannot read the answer. */
  | { readonly kind: "deliver"; readonly resident: Resident; readonly uplink: LosslessUplink; readonly form: boolean };

/** Parameters that must not come twice, beside `EIO` and `sid`, whose repetition is another fault. */
const UNIQUE: readonly string[] = ["transport", "everwire", "ack", "turn", "j"];

/** What the admission looks at beside the request. */
export interface Gate {
  readonly options: ResolvedListenerOptions;
  readonly origins: OriginRule;
  readonly hosts: HostRule;
  find(id: string): Resident | undefined;
  /** Whether the address of the request has as many sessions as it may have. */
  crowded(request: IncomingMessage): boolean;
  /** Counts a handshake; false when the address of the request has opened as many sessions as it may for now. */
  mayOpen(request: IncomingMessage): boolean;
}

/** The query of a request, read once, and what it names. */
interface Reading {
  readonly method: string;
  readonly entrance: Entrance;
  readonly parameters: ReadonlyMap<string, string>;
  readonly transport: TransportName;
  readonly revision: EngineRevision;
  readonly jsonp: string | undefined;
  readonly gate: Gate;
}

/**
 * The one pipeline for requests and upgrades: method, host, protocol version, transport, session id, origin, limits. It only
 * looks; a refused request has changed nothing. Middlewares, `bind` and `allowRequest` are asked afterwards.
 */
export function admit(request: IncomingMessage, entrance: Entrance, gate: Gate): Admission | TransportFailure {
  if (request.method === "OPTIONS" && entrance === "request") return { kind: "preflight" };
  if (!gate.hosts.allows(request)) return failure("host_refused");
  const query = parseQuery(request.url ?? "");
  if (query instanceof TransportFailure) return query;
  const admission = admitQuery(request.method ?? "", query, entrance, gate);
  if (admission instanceof TransportFailure) return admission;
  if (!placeAllowed(request, admission, query.parameters, gate)) return failure("origin_refused");
  return admission.kind === "open" && gate.crowded(request) ? failure("too_many_connections") : admission;
}

/**
 * The session of a request that `admit` would admit as a poll or a post of a stock client, found without reading more than
 * that takes: most requests of long polling are such. Undefined for all others, and for whatever is to be refused. What
 * is asked of a request there has to be asked here: short-way.test.ts has both answer the same requests.
 */
export function admitPolling(request: IncomingMessage, gate: Gate): EngineSession | undefined {
  const { options, origins, hosts, find } = gate;
  const { method } = request;
  if ((method !== "GET" && method !== "POST") || options.bind !== undefined || !hosts.allows(request)) return undefined;
  const id = polledSession(request.url ?? "");
  const resident = id === undefined ? undefined : find(id);
  if (resident === undefined || resident.uplink !== undefined || !options.transports.includes("polling"))
    return undefined;
  const { session } = resident;
  if (session.revision !== 4 || session.transport !== "polling" || !session.checkAlive(performance.now()))
    return undefined;
  if (method === "POST" && session.state !== "open") return undefined;
  return originAllowed(request, origins) ? session : undefined;
}

/** True when the page that sent the request may talk to this server. */
export function originAllowed(request: IncomingMessage, origins: OriginRule): boolean {
  if (origins.policy === "*") return true;
  const { headers } = request;
  // Only browsers from before RFC 6455 sent this name; with a current client it is an attempt to slip past.
  if (headers["sec-websocket-origin"] !== undefined) return false;
  const page = pageOf(headers);
  return page === undefined || origins.allows(page, { host: hostOf(request), secure: isSecure(request) });
}

/** The origin of the page that made a browser send the request; undefined where it was none, or one of our own. */
function pageOf({ origin, referer, "sec-fetch-site": site }: IncomingHttpHeaders): string | undefined {
  // A page can make a browser send a GET without Origin (an image, a script), but not without this.
  if (origin !== undefined || (site !== "cross-site" && site !== "same-site")) return origin;
  // It can keep its address to itself, but not claim another. Without one it is what browsers call "null".
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : "null";
}

/** The rule of origins, for requests that browsers send without naming the page as well. */
function placeAllowed(
  request: IncomingMessage,
  admission: Admission,
  parameters: ReadonlyMap<string, string>,
  { options, origins }: Gate,
): boolean {
  if ("transport" in admission && admission.transport === "iframe") {
    // A browser names no origin when it loads a frame. The page says it in the query, and only a page of that origin can
    // hold the frame and hear it (frame-ancestors, postMessage).
    const origin = parameters.get("origin") ?? "";
    const place = { host: hostOf(request), secure: isSecure(request) };
    const named = request.headers.origin === undefined || originAllowed(request, origins);
    return named && origins.allows(origin, place) && iframeForm({ origin, turn: 0 }) !== undefined;
  }
  const script = "jsonp" in admission && admission.jsonp !== undefined;
  if (script || ("transport" in admission && admission.transport === "jsonp")) {
    // Any page can read a script, and the browser sends the cookies of its visitor with the request.
    const personal = options.bind !== undefined || options.cors.credentials === true;
    const own = request.headers["sec-fetch-site"] === "same-origin";
    if (personal && !own && request.headers.cookie !== undefined) return false;
  }
  return originAllowed(request, origins);
}

function admitQuery(
  method: string,
  { parameters, repeated }: ParsedQuery,
  entrance: Entrance,
  gate: Gate,
): Admission | TransportFailure {
  const id = parameters.get("sid");
  // The sid of a known session makes an unsupported method the fault; without one it is a wrong handshake.
  if (method !== "GET" && method !== "POST")
    return failure(id === undefined ? "handshake_method" : "method_not_allowed");
  const resident = findResident(id, gate);
  if (repeated.has("EIO")) return failure("protocol_unsupported");
  const revision = revisionOf(parameters.get("EIO"), gate.options.allowEIO3);
  if (revision === undefined) return failure(resident === undefined ? "protocol_unsupported" : "protocol_mismatch");
  if (resident !== undefined && resident.session.revision !== revision) return failure("protocol_mismatch");
  if (repeated.size > 0 && UNIQUE.some((name) => repeated.has(name))) return failure("ambiguous_query");
  const named = parameters.get("transport");
  const transport = gate.options.transports.find((name) => name === named);
  if (transport === undefined) return failure("transport_unknown");
  const jsonp = parameters.get("j");
  if (!gate.options.jsonp && jsonp !== undefined && transport === "polling") return failure("transport_unknown");
  if (repeated.has("sid") || (id !== undefined && resident === undefined)) return failure("session_unknown");
  const reading = { method, entrance, parameters, transport, revision, jsonp, gate };
  if (resident === undefined) return admitOpening(reading);
  return resident.uplink === undefined
    ? admitToStock(reading, resident)
    : admitToEverwire(reading, resident, resident.uplink);
}

/** Clients from before the parameter existed send none. */
function revisionOf(text: string | undefined, allow3: boolean): EngineRevision | undefined {
  if (text === "4") return 4;
  return allow3 && (text === "3" || text === undefined) ? 3 : undefined;
}

function admitOpening(reading: Reading): Admission | TransportFailure {
  const { method, transport, revision, parameters, jsonp } = reading;
  // Another value than 1 is of a later revision of the session protocol, whose client can be served as a stock one.
  const everwire = parameters.get("everwire") === "1";
  if (!everwire && !isStock(transport)) return failure("transport_unknown");
  if (method !== "GET") return failure("handshake_method");
  if (everwire && revision !== 4) return failure("bad_request");
  if (!entranceFits(reading) || !callbackFits(reading, everwire)) return failure("bad_request");
  const script = everwire ? transport === "jsonp" : transport === "polling";
  return { kind: "open", transport, revision, everwire, jsonp: script ? jsonp : undefined, query: parameters };
}

function admitToStock(reading: Reading, resident: Resident): Admission | TransportFailure {
  const { method, entrance, transport, jsonp, gate } = reading;
  const { session } = resident;
  if (!isStock(transport)) return failure("transport_unknown");
  if (!entranceFits(reading)) return failure("transport_mismatch");
  if (!callbackFits(reading, false)) return failure("bad_request");
  if (entrance === "upgrade") {
    if (session.state !== "open") return failure("session_unknown");
    return gate.options.allowUpgrades ? { kind: "upgrade", resident } : failure("upgrades_disabled");
  }
  if (session.transport !== "polling") return failure("transport_mismatch");
  if (method === "GET") return { kind: "poll", resident, jsonp };
  // A session that is closing still answers one poll; what is sent to it reaches nobody.
  return session.state === "open" ? { kind: "post", resident, jsonp } : failure("session_unknown");
}

function admitToEverwire(reading: Reading, resident: Resident, uplink: LosslessUplink): Admission | TransportFailure {
  const { method, transport, parameters, gate } = reading;
  if (!entranceFits(reading)) return failure("transport_mismatch");
  if (method === "POST") {
    const form = transport === "jsonp";
    return resident.session.state === "open" ? { kind: "deliver", resident, uplink, form } : failure("session_unknown");
  }
  if (!callbackFits(reading, true)) return failure("bad_request");
  const turn = parseNumber(parameters.get("turn"));
  const ack = parseNumber(parameters.get("ack"));
  if (turn === undefined || ack === undefined) return failure("invalid_attach");
  if (transport === "websocket" && !gate.options.allowUpgrades && resident.opened !== "websocket") {
    return failure("upgrades_disabled");
  }
  return { kind: "attach", resident, uplink, transport, turn, ack, query: parameters };
}

/** Stock clients know no others; what they call JSONP is polling with a callback. */
function isStock(transport: TransportName): boolean {
  return transport === "polling" || transport === "websocket";
}

/** An upgrade is for the WebSocket transport and a plain request never is. */
function entranceFits({ entrance, transport }: Reading): boolean {
  return (entrance === "upgrade") === (transport === "websocket");
}

/** A script needs a callback, and the callback is digits alone, so that nobody writes the script but us. */
function callbackFits({ transport, jsonp }: Reading, everwire: boolean): boolean {
  if (transport === "jsonp") return jsonp !== undefined && isJsonpIndex(jsonp);
  return everwire || transport !== "polling" || jsonp === undefined || isJsonpIndex(jsonp);
}

function findResident(id: string | undefined, gate: Gate): Resident | undefined {
  if (id === undefined || !isSessionId(id)) return undefined;
  const resident = gate.find(id);
  return resident?.session.checkAlive(performance.now()) === true ? resident : undefined;
}
