import { encodeSocketPacket, ProtocolFailure } from "@everwire/protocol";
import { OutgoingPacket } from "@everwire/transport";
import { meaningOf, type ServerFailureCode } from "./failures.ts";
import type { MiddlewareResult } from "./middleware.ts";
import { encodeOutgoing } from "./outgoing.ts";

/** The CONNECT_ERROR for a row of the failure table. */
export function connectRefusal(namespace: string, code: ServerFailureCode): OutgoingPacket {
  return encodeOutgoing({ type: "connect_error", namespace, data: { message: meaningOf(code) } });
}

/**
 * The CONNECT_ERROR for a middleware chain that did not let a socket in: the application's own message and data when it
 * refused, nothing of the error when it broke.
 */
export function middlewareRefusal(
  namespace: string,
  result: Exclude<MiddlewareResult, { outcome: "passed" }>,
): OutgoingPacket {
  if (result.outcome === "broken") return connectRefusal(namespace, "middleware_failed");
  const { message, data } = readError(result.error);
  if (data !== undefined) {
    const encoded = encodeSocketPacket({ type: "connect_error", namespace, data: { message, data } });
    // Data that cannot be encoded must not keep the client waiting for an answer.
    if (!(encoded instanceof ProtocolFailure)) return OutgoingPacket.message(encoded.text, encoded.attachments);
  }
  return encodeOutgoing({ type: "connect_error", namespace, data: { message } });
}

/** Untyped applications refuse with texts and plain objects too, and the client must get an answer nevertheless. */
function readError(error: unknown): { readonly message: string; readonly data: unknown } {
  if (typeof error !== "object" || error === null) return { message: String(error), data: undefined };
  const message =
    "message" in error && typeof error.message === "string" ? error.message : meaningOf("middleware_failed");
  return { message, data: "data" in error ? error.data : undefined };
}
