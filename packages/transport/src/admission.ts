import type { IncomingMessage } from "node:http";
import { failure, TransportFailure } from "./failures.ts";
import { isSecure } from "./handshake-details.ts";
import type { ResolvedListenerOptions } from "./listener-options.ts";
import type { OriginRule } from "./origin.ts";
import { type ParsedQuery, parseQuery } from "./query.ts";
import type { EngineSession } from "./session.ts";
import { isSessionId } from "./session-id.ts";
import type { TransportName } from "./transport.ts";

/** The two ways into a listener. */
export type Entrance = "request" | "upgrade";

/** What an admitted request is for. */
export type Admission =
  | { readonly kind: "preflight" }
  | { readonly kind: "open"; readonly transport: TransportName; readonly query: ReadonlyMap<string, string> }
  | { readonly kind: "poll" | "post" | "upgrade"; readonly session: EngineSession };

/** What the admission looks at beside the request. */
export interface Gate {
  readonly options: ResolvedListenerOptions;
  readonly origins: OriginRule;
  find(id: string): EngineSession | undefined;
}

/**
 * The one pipeline for requests and upgrades: method, protocol version, transport, session id, origin. It only looks; a
 * refused request has changed nothing. `allowRequest` is asked afterwards, for the kind `open` only.
 */
export function admit(request: IncomingMessage, entrance: Entrance, gate: Gate): Admission | TransportFailure {
  if (request.method === "OPTIONS" && entrance === "request") return { kind: "preflight" };
  const query = parseQuery(request.url ?? "");
  if (query instanceof TransportFailure) return query;
  const admission = admitQuery(request.method ?? "", query, entrance, gate);
  if (admission instanceof TransportFailure) return admission;
  return originAllowed(request, gate.origins) ? admission : failure("origin_refused");
}

/** True when the page that sent the request may talk to this server. */
export function originAllowed(request: IncomingMessage, origins: OriginRule): boolean {
  if (origins.policy === "*") return true;
  const { headers } = request;
  // Only browsers from before RFC 6455 sent this name; with a current client it is an attempt to slip past.
  if (headers["sec-websocket-origin"] !== undefined) return false;
  // A page can make a browser send a GET without Origin (an image, a script), but not without this.
  if (headers.origin === undefined && headers["sec-fetch-site"] === "cross-site") return false;
  return origins.allows(headers.origin, { host: headers.host, secure: isSecure(request) });
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
  const session = findSession(id, gate);
  if (repeated.has("EIO")) return failure("protocol_unsupported");
  if (parameters.get("EIO") !== "4")
    return failure(session === undefined ? "protocol_unsupported" : "protocol_mismatch");
  if (repeated.has("transport")) return failure("ambiguous_query");
  const transport = gate.options.transports.find((name) => name === parameters.get("transport"));
  if (transport === undefined) return failure("transport_unknown");
  if (repeated.has("sid") || (id !== undefined && session === undefined)) return failure("session_unknown");
  // An upgrade is for the WebSocket transport and a plain request never is.
  const matches = (entrance === "upgrade") === (transport === "websocket");
  if (session === undefined) {
    if (method !== "GET") return failure("handshake_method");
    return matches ? { kind: "open", transport, query: parameters } : failure("bad_request");
  }
  return matches ? admitToSession(method, session, entrance, gate) : failure("transport_mismatch");
}

function admitToSession(
  method: string,
  session: EngineSession,
  entrance: Entrance,
  gate: Gate,
): Admission | TransportFailure {
  if (entrance === "upgrade") {
    if (session.state !== "open") return failure("session_unknown");
    return gate.options.allowUpgrades ? { kind: "upgrade", session } : failure("upgrades_disabled");
  }
  if (session.transport !== "polling") return failure("transport_mismatch");
  if (method === "GET") return { kind: "poll", session };
  // A session that is closing still answers one poll; what is sent to it reaches nobody.
  return session.state === "open" ? { kind: "post", session } : failure("session_unknown");
}

function findSession(id: string | undefined, gate: Gate): EngineSession | undefined {
  if (id === undefined || !isSessionId(id)) return undefined;
  const session = gate.find(id);
  return session?.checkAlive(performance.now()) === true ? session : undefined;
}
