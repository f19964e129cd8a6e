import {
  ByteBudget,
  DeflateBudget,
  PreparedMessage,
  type WebSocket,
  WebSocketServer,
  type WebSocketServerOptions,
} from "@everwire/websocket";
import { behaviourOf } from "./behaviour.ts";
import { hastyHttpServer, listening, patientHttpServer } from "./http-server.ts";
import type { FanOut, Target, TargetSettings } from "./target.ts";

const fanOut: FanOut<WebSocket> = (sockets, data) => {
  const message = new PreparedMessage(data);
  for (const socket of sockets) if (socket.readyState === socket.OPEN) socket.send(message);
};

function serve(server: WebSocketServer, port: number): Target {
  const behaviour = behaviourOf(fanOut);
  server.on("connection", (socket, request) => {
    const path = request.url ?? "/";
    behaviour.opened(socket, path);
    // Data comes as Buffer unless another form is asked for.
    socket.on("message", (data, isBinary) => behaviour.message(socket, path, data as Buffer, isBinary));
    socket.on("close", () => behaviour.closed(socket));
  });
  return { port, connections: () => server.clients.size };
}

/** The server under test: with its defaults, or with deadlines that a short drill can wait for. */
export async function startEverwire(settings: TargetSettings): Promise<Target> {
  const { limits, compression = false, messageRate } = settings;
  const common = { perMessageDeflate: compression, ...(messageRate !== undefined && { messageRate }) };
  if (limits === "default") {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...common });
    return serve(server, (await server.ready())?.port ?? 0);
  }
  const http = hastyHttpServer();
  const hasty: WebSocketServerOptions = {
    heartbeat: { interval: 1000, timeout: 500 },
    messageTimeout: 1000,
    closeTimeout: 500,
    maxBufferedBytes: 1024 * 1024,
    incompleteBudget: new ByteBudget(16 * 1024 * 1024),
  };
  return serve(new WebSocketServer({ server: http, ...hasty, ...common }), await listening(http));
}

/** The same with every limit taken away that can be: what a drill that cannot fail would not tell from the other. */
export async function startUnbounded({ compression = false }: TargetSettings): Promise<Target> {
  const enormous = 2 ** 40;
  const http = patientHttpServer();
  const server = new WebSocketServer({
    server: http,
    heartbeat: false,
    maxPayload: 400_000_000,
    maxFragments: enormous,
    maxBufferedBytes: enormous,
    outgoingBudget: new ByteBudget(enormous),
    messageTimeout: 3_600_000,
    incompleteBudget: new ByteBudget(enormous),
    perMessageDeflate: compression && { budget: new DeflateBudget(enormous), concurrencyLimit: 1024 },
  });
  return serve(server, await listening(http));
}
