import { type EngineRevision, encodeRevision3Refusal, encodeSocketPacket, ProtocolFailure } from "@everwire/protocol";
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
 * refused, nothing of the error when it broke. A client of revision 3 gets the data alone, or the message alone.
 */
export function middlewareRefusal(
  namespace: string,
  result: Exclude<MiddlewareResult, { outcome: "passed" }>,
  revision: EngineRevision,
): OutgoingPacket {
  const { message, data } =
    result.outcome === "broken"
      ? { message: meaningOf("middleware_failed"), data: undefined }
      : readError(result.error);
  // Data that cannot be encoded must not keep the client waiting for an answer.
  const refusal =
    encodeRefusal(namespace, message, data, revision) ?? encodeRefusal(namespace, message, undefined, revision);
  return refusal ?? connectRefusal(namespace, "middleware_failed");
}

function encodeRefusal(
  namespace: string,
  message: string,
  data: unknown,
  revision: EngineRevision,
): OutgoingPacket | undefined {
  const encoded =
    revision === 3
      ? encodeRevision3Refusal(namespace, data ?? message)
      : encodeSocketPacket({
          type: "connect_error",
          namespace,
          data: data === undefined ? { message } : { message, data },
        });
  return encoded instanceof ProtocolFailure ? undefined : OutgoingPacket.message(encoded.text, encoded.attachments);
}

/** Untyped applications refuse with texts and plain objects too, and the client must get an answer nevertheless. */
function readError(error: unknown): { readonly message: string; readonly data: unknown } {
  if (typeof error !== "object" || error === null) return { message: String(error), data: undefined };
  const message =
    "message" in error && typeof error.message === "string" ? error.message : meaningOf("middleware_failed");
  return { message, data: "data" in error ? error.data : undefined };
}
