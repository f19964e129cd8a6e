import { ServerResponse } from "node:http";
import type { TransportFailure } from "../failures.ts";
import type { Headers } from "./cors.ts";
import { isOver } from "./delivery.ts";

/** The content types of Engine.IO, letter by letter as its clients and tests know them. */
export const TEXT = "text/plain; charset=UTF-8";
export const HTML = "text/html";
const JSON_TYPE = "application/json";

const NONE: Headers = Object.freeze({});

/** What a status means nothing without. */
const STATUS_HEADERS: ReadonlyMap<number, Headers> = new Map([
  // RFC 9110 §15.5.6: 405 names the methods that are allowed.
  [405, { allow: "GET, POST, OPTIONS" }],
  // RFC 6585 §4: when to come again.
  [429, { "retry-after": "5" }],
  [503, { "retry-after": "5" }],
]);

/** The headers that a refusal with this status has, whatever it is about. */
export function headersOf(status: number): Headers {
  return STATUS_HEADERS.get(status) ?? NONE;
}

/** Sends a whole answer. A peer that has left in the meantime is no error. */
export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Headers,
): void {
  if (response.headersSent || isOver(response)) return;
  // Middlewares may have replaced `writeHead` by one that takes no list of lines; that of HTTP/2 is another anyway.
  if (typeof body === "string" && body.length > 0 && response.writeHead === ServerResponse.prototype.writeHead) {
    answerText(response, status, type, body, headers);
    return;
  }
  response.writeHead(status, {
    ...headers,
    ...(body.length === 0 ? {} : { "content-type": type }),
    // RFC 9110 §8.6: 204 has no content length.
    ...(status === 204 ? {} : { "content-length": Buffer.byteLength(body) }),
    "cache-control": "no-store",
  });
  response.end(body);
}

/**
 * Sends head and text as one string in one write of the socket. `end(body)` would hand the socket two pieces, the second
 * one empty, and gathering them costs about as much as all the rest of an answer.
 */
function answerText(response: ServerResponse, status: number, type: string, body: string, headers: Headers): void {
  const length = Buffer.byteLength(body);
  const lines = ["content-type", type, "content-length", String(length), "cache-control", "no-store"];
  for (const name in headers) lines.push(name, headers[name] ?? "");
  response.writeHead(status, lines);
  // Corked, so that the response does not put the write off to the next tick.
  response.cork();
  response.write(body, length === body.length ? "latin1" : "utf8");
  response.uncork();
  response.end();
}

/** Answers with a row of the failure table. */
export function answerFailure(response: ServerResponse, row: TransportFailure, headers: Headers): void {
  if (row.status === 0) {
    response.destroy();
    return;
  }
  answer(response, row.status, JSON_TYPE, row.body, { ...headers, ...headersOf(row.status) });
}
