import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readiness } from "../readiness.ts";
import { chooseCoding } from "./content-coding.ts";
import { namesTag } from "./entity-tag.ts";
import { NOT_BUILT_PAGE, NOT_FOUND_PAGE } from "./plain-page.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import type { SiteFile } from "./site-file.ts";
import type { SiteManifest } from "./site-manifest.ts";

/** An answer before it is written; the body is left out for HEAD. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export const HEALTH_PATH = "/healthz";
const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain; charset=utf-8";

/**
 * Answers every request that is not for the realtime endpoint. `Range` is ignored, as RFC 9110 §14.2 allows: the files
 * are small, and the whole file is a correct answer to any range.
 */
export function createSiteHandler(
  manifest: SiteManifest,
  readiness: Readiness,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { status, headers, body = "" } = answer(request, manifest, readiness);
    const length = status === 304 ? {} : { "Content-Length": Buffer.byteLength(body) };
    response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...length });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

function answer(request: IncomingMessage, manifest: SiteManifest, readiness: Readiness): Answer {
  if (!hasOneHost(request)) return plain(400, "bad request");
  if (request.method !== "GET" && request.method !== "HEAD") return methodNotAllowed();
  const path = requestPath(request.url ?? "/");
  if (path === HEALTH_PATH) return health(readiness);
  if (readiness.state === "starting") return starting();
  const file = manifest.get(path);
  if (file !== undefined) return fileAnswer(request, file);
  if (path === "/") return page(200, NOT_BUILT_PAGE);
  return page(404, NOT_FOUND_PAGE);
}

/** RFC 9112 §3.2: more than one Host, or an empty one, is a 400. Node refuses a missing one by itself. */
function hasOneHost(request: IncomingMessage): boolean {
  const hosts = request.headersDistinct.host;
  return hosts === undefined || (hosts.length === 1 && hosts[0] !== "");
}

/** The target up to its query, as it came: nothing is decoded or resolved, so `%2e%2e/` stays the unknown name it is. */
function requestPath(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

function fileAnswer(request: IncomingMessage, file: SiteFile): Answer {
  const coding = chooseCoding(request.headersDistinct["accept-encoding"]?.join(","), file.codings);
  const form = file.representations.get(coding);
  if (form === undefined) return page(404, NOT_FOUND_PAGE);
  const headers: Record<string, string> = { "Cache-Control": file.cacheControl, ETag: form.tag };
  // RFC 9110 §12.5.5: also on the answer without a coding, or a cache gives that one to everybody.
  if (file.codings.length > 1) headers.Vary = "Accept-Encoding";
  if (namesTag(request.headers["if-none-match"], form.tag)) return { status: 304, headers };
  headers["Content-Type"] = file.type;
  if (coding !== "identity") headers["Content-Encoding"] = coding;
  return { status: 200, headers, body: form.body };
}

function health(readiness: Readiness): Answer {
  const ready = readiness.state === "ready";
  return plain(ready ? 200 : 503, ready ? "ok" : readiness.state);
}

/** Everything is refused until the store is open, so that a page never loads into a chat that is not there yet. */
function starting(): Answer {
  const { status, headers, body } = plain(503, "starting");
  return { status, headers: { ...headers, "Retry-After": "1" }, body };
}

/** The connection is closed, because the body of the refused request may be of any length. */
function methodNotAllowed(): Answer {
  const { status, headers, body } = plain(405, "method not allowed");
  return { status, headers: { ...headers, Allow: "GET, HEAD", Connection: "close" }, body };
}

function plain(status: number, text: string): Required<Answer> {
  return { status, headers: { "Content-Type": TEXT, "Cache-Control": "no-store" }, body: `${text}\n` };
}

function page(status: number, body: string): Answer {
  return { status, headers: { "Content-Type": HTML, "Cache-Control": "no-store" }, body };
}
