import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { behaviourOf, sendIfOpen } from "./behaviour.ts";
import { hastyHttpServer, listening } from "./http-server.ts";
import type { FanOut, Target, TargetSettings } from "./target.ts";

const fanOut: FanOut<WebSocket> = (sockets, data) => {
  for (const socket of sockets) sendIfOpen(socket, data);
};

/** ws as its README has it, for comparison. */
export async function startWs({ limits, compression = false }: TargetSettings): Promise<Target> {
  const common = { perMessageDeflate: compression };
  const http = limits === "short" ? hastyHttpServer() : undefined;
  const server =
    http === undefined
      ? new WebSocketServer({ port: 0, host: "127.0.0.1", ...common })
      : new WebSocketServer({ server: http, ...common });
  const behaviour = behaviourOf(fanOut);
  server.on("connection", (socket, request) => {
    const path = request.url ?? "/";
    socket.on("error", () => {});
    behaviour.opened(socket, path);
    // Data comes as Buffer unless another form is asked for.
    socket.on("message", (data, isBinary) => behaviour.message(socket, path, data as Buffer, isBinary));
    socket.on("close", () => behaviour.closed(socket));
  });
  return { port: await portOf(server, http), connections: () => server.clients.size };
}

async function portOf(server: WebSocketServer, http: Parameters<typeof listening>[0] | undefined): Promise<number> {
  if (http !== undefined) return listening(http);
  await once(server, "listening");
  // After `listening` a TCP server has an address of this form.
  return (server.address() as AddressInfo).port;
}
