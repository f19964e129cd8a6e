import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server that waits a second for a request, or as long as it is told. */
export function hastyHttpServer(wait = 1000): Server {
  return createServer(
    { headersTimeout: wait, requestTimeout: wait, connectionsCheckingInterval: 100 },
    (_, response) => {
      response.writeHead(426, { Connection: "close" }).end();
    },
  );
}

/** An HTTP server that waits for ever. */
export function patientHttpServer(): Server {
  return createServer({ headersTimeout: 0, requestTimeout: 0 }, (_, response) => {
    response.writeHead(426).end();
  });
}

export async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // After `listening` a TCP server has an address of this form.
  return (server.address() as AddressInfo).port;
}
