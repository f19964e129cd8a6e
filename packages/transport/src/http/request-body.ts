import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { failure, TransportFailure } from "../failures.ts";
import { ignoreError } from "./delivery.ts";

/** How long and how much of a refused body is read and thrown away, so that the refusal itself can reach the peer. */
const LINGER_MS = 1000;

const NOTHING: Buffer = Buffer.alloc(0);

/** Hears of a body, or why there is none. */
type BodyDone = (body: Buffer | TransportFailure) => void;

export interface BodyLimits {
  readonly maxPayload: number;
  readonly bodyTimeout: number;
}

/** Reads a request body as text: what `readBytes` reads, and what is not UTF-8 is refused. */
export function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  wheel: DeadlineWheel,
): Promise<string | TransportFailure> {
  return new Promise((resolve) => {
    readBytes(request, limits, wheel, (body) => resolve(body instanceof TransportFailure ? body : decodeBody(body)));
  });
}

/**
 * Reads a request body. It stops at the first byte over the limit (or at a declared length over it), at the deadline, and
 * when the client leaves. The byte count is bounded while it streams. `done` is called once, perhaps within this call.
 */
export function readBytes(request: IncomingMessage, limits: BodyLimits, wheel: DeadlineWheel, done: BodyDone): void {
  // A declared length that is no number is the HTTP parser's business; it never lets one through.
  const declared = Number(request.headers["content-length"]);
  if (declared > limits.maxPayload) done(failure("body_too_large"));
  else if (request.httpVersionMajor >= 2) readOn(request, limits, wheel, done);
  else process.nextTick(() => readAtOnce(request, declared, limits, wheel, done));
}

/** Takes a body that has come together with its head, as small ones do: neither listeners nor a deadline are needed. */
function readAtOnce(
  request: IncomingMessage,
  declared: number,
  limits: BodyLimits,
  wheel: DeadlineWheel,
  done: BodyDone,
): void {
  const first: unknown = request.destroyed ? null : request.read();
  if (!Buffer.isBuffer(first)) readOn(request, limits, wheel, done);
  else if (first.length === declared) done(first);
  else readOn(request, limits, wheel, done, first);
}

function readOn(
  request: IncomingMessage,
  limits: BodyLimits,
  wheel: DeadlineWheel,
  done: BodyDone,
  first: Buffer = NOTHING,
): void {
  request.on("error", ignoreError);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let settled = false;
  const deadline = wheel.set(limits.bodyTimeout, () => settle(failure("body_timed_out")));
  const settle = (result: Buffer | TransportFailure): void => {
    if (settled) return;
    settled = true;
    deadline.cancel();
    done(result);
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.maxPayload) settle(failure("body_too_large"));
    if (!settled) chunks.push(chunk);
  };
  const onClose = (): void => settle(failure("body_aborted"));
  if (request.destroyed) {
    onClose();
    return;
  }
  onData(first);
  request.on("data", onData).on("close", onClose);
  request.on("end", () => settle(Buffer.concat(chunks, bytes)));
}

/** Throws away what still comes of a refused body, for a moment, and then the connection if there is no end to it. */
export function discardBody(request: IncomingMessage, wheel: DeadlineWheel): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const deadline = wheel.set(LINGER_MS, () => request.destroy());
  request.once("close", () => deadline.cancel()).once("end", () => deadline.cancel());
}

/** The text of a body, refused when it is not UTF-8. */
export function decodeBody(bytes: Buffer): string | TransportFailure {
  // A string decoded leniently would hold replacement characters that nobody sent.
  return isUtf8(bytes) ? bytes.toString("utf8") : failure("invalid_utf8");
}
