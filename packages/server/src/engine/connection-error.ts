import type { IncomingMessage } from "node:http";
import type { EngineCode, FailureReason, RequestRefusal } from "@everwire/transport";

/** A request or an upgrade that the engine refused: `io.engine.on("connection_error")`. */
export interface ConnectionError {
  readonly req: IncomingMessage;
  /** The error code of Engine.IO, as the client gets it; undefined where Engine.IO has none. */
  readonly code: EngineCode | undefined;
  /** What the client is told, else what is meant. */
  readonly message: string;
  readonly context: ConnectionErrorContext;
}

/** More about a refusal. What it quotes of the request is the peer's text, cut to 200 characters. */
export interface ConnectionErrorContext {
  /** The row of the failure table (docs/server.md, "Engine"). */
  readonly reason: FailureReason;
  /** The HTTP status of the answer, 0 where there was none. */
  readonly status: number;
  /** The word that engine.io has for it, where the code alone does not tell. */
  readonly name?: string;
  readonly transport?: string;
  readonly sid?: string;
  readonly method?: string;
  readonly protocol?: string;
  readonly origin?: string;
  /** What the application's hook said or threw. */
  readonly message?: string;
  readonly error?: unknown;
}

const NAMES: ReadonlyMap<FailureReason, string> = new Map([
  ["transport_mismatch", "TRANSPORT_MISMATCH"],
  ["protocol_mismatch", "PROTOCOL_MISMATCH"],
  ["bad_request", "TRANSPORT_HANDSHAKE_ERROR"],
  ["websocket_handshake", "TRANSPORT_HANDSHAKE_ERROR"],
  ["id_failed", "ID_GENERATION_ERROR"],
]);

/** Characters of a peer's text that are quoted. */
const QUOTED = 200;

/** What listeners of `connection_error` hear of a refusal, in the words that users of engine.io know. */
export function connectionError({ row, request, error }: RequestRefusal): ConnectionError {
  const message = row.message === "" ? row.meaning : row.message;
  const name = NAMES.get(row.reason);
  const context: ConnectionErrorContext = {
    reason: row.reason,
    status: row.status,
    ...(name !== undefined && { name }),
    ...QUOTES.get(row.reason)?.(request),
    ...(row.reason === "forbidden" && { message }),
    ...(error !== undefined && { error }),
  };
  return { req: request, code: row.engineCode, message, context };
}

type Quote = (request: IncomingMessage) => Partial<ConnectionErrorContext>;

/** The part of the request that is at fault. */
const QUOTES: ReadonlyMap<FailureReason, Quote> = new Map<FailureReason, Quote>([
  ["transport_unknown", (request) => ({ transport: parameter(request, "transport") })],
  ["transport_mismatch", (request) => ({ transport: parameter(request, "transport") })],
  ["session_unknown", (request) => ({ sid: parameter(request, "sid") })],
  ["handshake_method", ({ method = "" }) => ({ method })],
  ["method_not_allowed", ({ method = "" }) => ({ method })],
  ["protocol_unsupported", (request) => ({ protocol: parameter(request, "EIO") })],
  ["protocol_mismatch", (request) => ({ protocol: parameter(request, "EIO") })],
  ["origin_refused", ({ headers }) => ({ origin: String(headers.origin).slice(0, QUOTED) })],
]);

function parameter({ url = "" }: IncomingMessage, name: "transport" | "sid" | "EIO"): string {
  const at = url.indexOf("?");
  return (new URLSearchParams(at === -1 ? "" : url.slice(at)).get(name) ?? "").slice(0, QUOTED);
}
