import type { IncomingMessage, ServerResponse } from "node:http";
import {
  EnginePayloadReader,
  type EngineRevision,
  type PayloadReader,
  Revision3PayloadReader,
} from "@everwire/protocol";
import { TransportFailure } from "../failures.ts";
import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { Headers } from "./cors.ts";
import { answer, TEXT } from "./http-answer.ts";
import { decodeJsonpForm, JAVASCRIPT, jsonpBody, jsonpFormLimit, jsonpHeaders } from "./jsonp-form.ts";
import { parseQuery } from "./query.ts";
import { type BodyLimits, decodeBody } from "./request-body.ts";

/** The content type of binary payloads, which revision 3 alone has. */
export const BYTES = "application/octet-stream";

/** What bounds a request body of the polling transport. */
export interface PollingOptions extends BodyLimits {
  readonly maxPacketsPerPayload: number;
}

/** A request of the polling transport, and in what form it is written. `jsonp` is the index of the page's callback. */
export interface PollingExchange {
  readonly response: ServerResponse;
  readonly headers: Headers;
  readonly jsonp: string | undefined;
}

/** Answers a poll with packets: one text in revision 4; in revision 3 bytes where they are needed and the client takes them. */
export function answerPoll(
  { response, headers, jsonp }: PollingExchange,
  packets: readonly OutgoingPacket[],
  revision: EngineRevision,
): void {
  if (jsonp !== undefined) {
    answer(response, 200, JAVASCRIPT, jsonpBody(jsonp, textOf(packets, revision)), jsonpHeaders(headers));
  } else if (revision === 3 && packets.some(({ revision3 }) => revision3.needsBinary) && !isTextOnly(response.req)) {
    answer(response, 200, BYTES, Buffer.concat(packets.map(({ revision3 }) => revision3.binary)), headers);
  } else answer(response, 200, TEXT, textOf(packets, revision), headers);
}

function textOf(packets: readonly OutgoingPacket[], revision: EngineRevision): string {
  if (revision === 3) return packets.map(({ revision3 }) => revision3.text).join("");
  const [only] = packets;
  return packets.length === 1 && only !== undefined
    ? only.payload
    : packets.map((packet) => packet.payload).join("\x1e");
}

/** `b64` in a query of revision 3: the client cannot take bytes. Whatever its value, as upstream; a `0` is none. */
function isTextOnly(request: IncomingMessage): boolean {
  const query = parseQuery(request.url ?? "");
  return !(query instanceof TransportFailure) && !["", "0", undefined].includes(query.parameters.get("b64"));
}

/** How much of a request body is read at all, and for how long. */
export function bodyLimits(options: PollingOptions, jsonp: string | undefined): BodyLimits {
  if (jsonp === undefined) return options;
  const { maxPayload, bodyTimeout, minBodyRate } = options;
  return { maxPayload: jsonpFormLimit(maxPayload), bodyTimeout, minBodyRate };
}

/** What reads the packets of a request body. */
export function readerOf(
  body: Buffer,
  request: IncomingMessage,
  options: PollingOptions,
  revision: EngineRevision,
  jsonp: string | undefined,
): PayloadReader | TransportFailure {
  const limits = { maxPackets: options.maxPacketsPerPayload };
  if (revision === 3 && jsonp === undefined && isBinaryBody(request)) return new Revision3PayloadReader(body, limits);
  const text = decodeBody(body);
  const payload =
    text instanceof TransportFailure || jsonp === undefined ? text : decodeJsonpForm(text, options.maxPayload);
  if (payload instanceof TransportFailure) return payload;
  return revision === 3 ? new Revision3PayloadReader(payload, limits) : new EnginePayloadReader(payload, limits);
}

export function isBinaryBody(request: IncomingMessage): boolean {
  return request.headers["content-type"]?.startsWith(BYTES) === true;
}
