import { AsyncResource } from "node:async_hooks";
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { failure, type TransportFailure } from "../failures.ts";
import { BodyPace, type PaceLimits } from "./body-pace.ts";
import { ignoreError } from "./delivery.ts";
import { atTurnEnd, type TurnWork } from "./turn-end.ts";

/** How long and how much of a refused body is read and thrown away, so that the refusal itself can reach the peer. */
const LINGER_MS = 1000;

/** Hears of a body, in the pieces that it came in, or why there is none. To join them is work for a turn: `BodyTurns`. */
type BodyDone = (body: readonly Buffer[] | TransportFailure) => void;

export interface BodyLimits extends PaceLimits {
  readonly maxPayload: number;
}

/** A body to be looked at, in the asynchronous context of its request: the end of a turn is in that of the first one. */
class Arrival extends AsyncResource implements TurnWork {
  readonly #look: () => void;

  constructor(look: () => void) {
    super("EverwireBody");
    this.#look = look;
  }

  endTurn(): void {
    this.runInAsyncScope(this.#look);
  }
}

/**
 * Reads a request body. It stops at the first byte over the limit (or at a declared length over it), when it comes too
 * slowly, and when the client leaves. The byte count is bounded while it streams. `done` is called once, perhaps within
 * this call.
 */
export function readBytes(request: IncomingMessage, limits: BodyLimits, wheel: DeadlineWheel, done: BodyDone): void {
  // A declared length that is no number is the HTTP parser's business; it never lets one through.
  const declared = Number(request.headers["content-length"]);
  if (declared > limits.maxPayload) done(failure("body_too_large"));
  else if (request.httpVersionMajor >= 2) readOn(request, limits, wheel, done);
  else {
    claim(request);
    atTurnEnd("body", new Arrival(() => readAtOnce(request, declared, limits, wheel, done)));
  }
}

/** Takes note that a poll has no body, so that nobody looks for one. Does nothing for one that has, or came by HTTP/2. */
export function skipBody(request: IncomingMessage): void {
  const { headers, httpVersionMajor } = request;
  if (httpVersionMajor >= 2) return;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) claim(request);
}

/**
 * Makes a request one that is being read. When a request is answered that nobody has read, Node reads it to its end, and
 * ends and closes it as a stream: that is five ticks, and as much work as the answer. Who claims one has to read its body.
 */
function claim(request: IncomingMessage): void {
  request.read(0);
}

/** Takes a body that has come together with its head, as small ones do: neither listeners nor a deadline are needed. */
function readAtOnce(
  request: IncomingMessage,
  declared: number,
  limits: BodyLimits,
  wheel: DeadlineWheel,
  done: BodyDone,
): void {
  // Exactly so much is asked for: to ask for more is to ask for the end of the stream as well.
  const whole: unknown = request.readableLength === declared && !request.destroyed ? request.read(declared) : null;
  if (Buffer.isBuffer(whole)) done([whole]);
  else readOn(request, limits, wheel, done);
}

function readOn(request: IncomingMessage, limits: BodyLimits, wheel: DeadlineWheel, done: BodyDone): void {
  request.on("error", ignoreError);
  let chunks: Buffer[] = [];
  let settled = false;
  const pace = new BodyPace(limits, wheel, (row) => settle(row));
  const settle = (result: readonly Buffer[] | TransportFailure): void => {
    if (settled) return;
    settled = true;
    pace.done();
    // The request may be here for a while, and with it its listeners.
    chunks = [];
    done(result);
  };
  const onData = (chunk: Buffer): void => {
    pace.bytes += chunk.length;
    if (pace.bytes > limits.maxPayload) settle(failure("body_too_large"));
    if (!settled) chunks.push(chunk);
  };
  const onClose = (): void => settle(failure("body_aborted"));
  if (request.destroyed) {
    onClose();
    return;
  }
  request.on("data", onData).on("close", onClose);
  request.on("end", () => settle(chunks));
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
