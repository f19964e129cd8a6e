import { decodeConnectQuery } from "./connect-query.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { type ConnectReader, detached } from "./socket-payload.ts";

/** Socket.IO 4: what a client says of itself is the query behind the namespace, and there is no payload. */
export const readRevision3Connect: ConnectReader = (header, json) => {
  if (json.length > 0) return failures.invalid_payload;
  const namespace = detached(header.namespace);
  if (header.query === undefined) return { type: "connect", namespace };
  const data = decodeConnectQuery(header.query);
  return data instanceof ProtocolFailure ? data : { type: "connect", namespace, data };
};
