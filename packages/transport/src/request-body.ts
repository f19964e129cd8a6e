import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { failure, TransportFailure } from "./failures.ts";

/** How long and how much of a refused body is read and thrown away, so that the refusal itself can reach the peer. */
const LINGER_MS = 1000;

export interface BodyLimits {
  readonly maxPayload: number;
  readonly bodyTimeout: number;
}

/** Reads a request body as text: what `readBytes` reads, and what is not UTF-8 is refused. */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  wheel: DeadlineWheel,
): Promise<string | TransportFailure> {
  const bytes = await readBytes(request, limits, wheel);
  return bytes instanceof TransportFailure ? bytes : decodeBody(bytes);
}

/**
 * Reads a request body. It stops at the first byte over the limit (or at a declared length over it), at the deadline, and
 * when the client leaves. The byte count is bounded while it streams.
 */
export function readBytes(
  request: IncomingMessage,
  limits: BodyLimits,
  wheel: DeadlineWheel,
): Promise<Buffer | TransportFailure> {
  // A declared length that is no number is the HTTP parser's business; it never lets one through.
  if (Number(request.headers["content-length"] ?? 0) > limits.maxPayload) {
    return Promise.resolve(failure("body_too_large"));
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const deadline = wheel.set(limits.bodyTimeout, () => settle(failure("body_timed_out")));
    const settle = (result: Buffer | TransportFailure): void => {
      deadline.cancel();
      request.off("data", onData).off("end", onEnd).off("close", onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.maxPayload) settle(failure("body_too_large"));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(Buffer.concat(chunks, bytes));
    const onClose = (): void => settle(failure("body_aborted"));
    // An error is followed by `close`; without a listener it would end the process.
    request.on("error", () => {});
    if (request.destroyed) return settle(failure("body_aborted"));
    request.on("data", onData).on("end", onEnd).on("close", onClose);
  });
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
