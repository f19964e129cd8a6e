import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions } from "@everwire/server";
import { applyTo } from "./application.ts";
import { hastyHttpServer, listening, patientHttpServer } from "./http-server.ts";
import type { Target, TargetSettings } from "./target.ts";

/** Deadlines that a short drill can wait for. An honest client answers a ping in time even if the machine is busy. */
const HASTY: Partial<ServerOptions> = {
  pingInterval: 500,
  pingTimeout: 2500,
  connectTimeout: 2000,
  bodyTimeout: 1000,
  upgradeTimeout: 1500,
  reattachTimeout: 2000,
};

const HOUR = 3_600_000;
const ENORMOUS = 2 ** 40;

const BOUNDLESS: Partial<ServerOptions> = {
  pingInterval: HOUR,
  pingTimeout: HOUR,
  connectTimeout: HOUR,
  bodyTimeout: HOUR,
  minBodyRate: 0,
  upgradeTimeout: HOUR,
  reattachTimeout: HOUR,
  maxPayload: 400_000_000,
  maxPacketsPerPayload: 2 ** 30,
  sendQueueLimit: ENORMOUS,
  totalQueueLimit: ENORMOUS,
};

/** Milliseconds for a request: its client may be slow to send it where many wait for a core. */
export const HASTY_REQUEST = 3000;

function serve(io: Server, port: number): Target {
  applyTo(io);
  return { port, connections: () => io.engine.sessions };
}

/** The server under test: one that was given nothing but a port, or one with deadlines that a short drill can wait for. */
export async function startEverwireServer({ limits, jsonp = false }: TargetSettings): Promise<Target> {
  if (limits === "short") {
    const http = hastyHttpServer(HASTY_REQUEST);
    return serve(new Server(http, { ...HASTY, jsonp }), await listening(http));
  }
  const io = new Server(0, { jsonp });
  const http = io.httpServer;
  if (http === undefined) throw new Error("a server that was given a port has made no server");
  await once(http, "listening");
  // After `listening` a TCP server has an address of this form.
  return serve(io, (http.address() as AddressInfo).port);
}

/** The same with every limit taken away that can be. */
export async function startUnboundedServer({ jsonp = false }: TargetSettings): Promise<Target> {
  const http = patientHttpServer();
  const io = new Server(http, { ...BOUNDLESS, jsonp });
  const port = await listening(http);
  // The server has set this to 10 s.
  http.headersTimeout = 0;
  return serve(io, port);
}
