import { type EngineRevision, encodeRevision3Refusal, ProtocolFailure } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import type { MiddlewareResult } from "../event/middleware.ts";
import { meaningOf, type ServerFailureCode } from "../failures.ts";
import { encodeOutgoing, outgoing } from "../packet/outgoing.ts";
import type { PacketCodec } from "../packet/packet-codec.ts";

/** The CONNECT_ERROR for a row of the failure table. */
export function connectRefusal(namespace: string, code: ServerFailureCode, codec: PacketCodec): OutgoingPacket {
  return encodeOutgoing({ type: "connect_error", namespace, data: { message: meaningOf(code) } }, codec);
}

/**
 * The CONNECT_ERROR for a middleware chain that did not let a socket in: the application's own message and data when it
 * refused, nothing of the error when it broke. A client of revision 3 gets the data alone, or the message alone.
 */
export function middlewareRefusal(
  namespace: string,
  result: Exclude<MiddlewareResult, { outcome: "passed" }>,
  revision: EngineRevision,
  codec: PacketCodec,
): OutgoingPacket {
  const { message, data } =
    result.outcome === "broken"
      ? { message: meaningOf("middleware_failed"), data: undefined }
      : readError(result.error);
  // Data that cannot be encoded must not keep the client waiting for an answer.
  const encode = (shown: unknown): OutgoingPacket | undefined => {
    const encoded =
      revision === 3
        ? encodeRevision3Refusal(namespace, shown ?? message)
        : codec.encode({
            type: "connect_error",
            namespace,
            data: shown === undefined ? { message } : { message, data: shown },
          });
    return encoded instanceof ProtocolFailure ? undefined : outgoing(encoded);
  };
  return encode(data) ?? encode(undefined) ?? connectRefusal(namespace, "middleware_failed", codec);
}

/** Untyped applications refuse with texts and plain objects too, and the client must get an answer nevertheless. */
function readError(error: unknown): { readonly message: string; readonly data: unknown } {
  if (typeof error !== "object" || error === null) return { message: String(error), data: undefined };
  const message =
    "message" in error && typeof error.message === "string" ? error.message : meaningOf("middleware_failed");
  return { message, data: "data" in error ? error.data : undefined };
}
