import { IncomingMessage } from "node:http";
import { Socket as TcpSocket } from "node:net";
import type { HandshakeDetails } from "@everwire/transport";

/**
 * The request that opened a session: the very one where it is kept (`keepRequest`), with all that middlewares attached to
 * it. Otherwise one that is made anew of what is remembered: method, target, headers, address and whether it came by TLS.
 */
export function openingRequest(details: HandshakeDetails): IncomingMessage {
  if (details.request !== undefined) return details.request;
  const socket = new TcpSocket();
  Object.defineProperties(socket, {
    remoteAddress: { value: details.address },
    encrypted: { value: details.secure },
  });
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.url = details.url;
  request.headers = details.headers;
  return request;
}
