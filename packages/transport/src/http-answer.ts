import type { ServerResponse } from "node:http";
import type { Headers } from "./cors.ts";
import { isOver } from "./delivery.ts";
import type { TransportFailure } from "./failures.ts";

/** The content types of Engine.IO, letter by letter as its clients and tests know them. */
export const TEXT = "text/plain; charset=UTF-8";
export const HTML = "text/html";
const JSON_TYPE = "application/json";

/** What a status means nothing without. */
const STATUS_HEADERS: ReadonlyMap<number, Headers> = new Map([
  // RFC 9110 §15.5.6: 405 names the methods that are allowed.
  [405, { allow: "GET, POST, OPTIONS" }],
  // RFC 6585 §4: when to come again.
  [429, { "retry-after": "5" }],
  [503, { "retry-after": "5" }],
]);

/** Sends a whole answer in one write. A peer that has left in the meantime is no error. */
export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Headers,
): void {
  if (response.headersSent || isOver(response)) return;
  response.writeHead(status, {
    ...headers,
    ...(body.length === 0 ? {} : { "content-type": type }),
    // RFC 9110 §8.6: 204 has no content length.
    ...(status === 204 ? {} : { "content-length": Buffer.byteLength(body) }),
    "cache-control": "no-store",
  });
  response.end(body);
}

/** Answers with a row of the failure table. */
export function answerFailure(response: ServerResponse, row: TransportFailure, headers: Headers): void {
  if (row.status === 0) {
    response.destroy();
    return;
  }
  const extra = STATUS_HEADERS.get(row.status);
  answer(response, row.status, JSON_TYPE, row.body, extra === undefined ? headers : { ...headers, ...extra });
}
