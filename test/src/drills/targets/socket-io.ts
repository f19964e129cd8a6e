import type { Server as HttpServer } from "node:http";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { type ApplicationServer, applyTo } from "./application.ts";
import { HASTY_REQUEST } from "./everwire-server.ts";
import { hastyHttpServer, listening } from "./http-server.ts";
import type { Target, TargetSettings } from "./target.ts";

interface SocketIo {
  readonly Server: new (
    http: HttpServer,
    options: Readonly<Record<string, number>>,
  ) => ApplicationServer & { readonly engine: { readonly clientsCount: number } };
}

const HASTY = { pingInterval: 500, pingTimeout: 2500, connectTimeout: 2000, upgradeTimeout: 1500 };

/** Socket.IO as its README has it, for comparison. It is a dependency of the benchmarks. */
export async function startSocketIo({ limits }: TargetSettings): Promise<Target> {
  const load = createRequire(new URL("../../../../bench/package.json", import.meta.url));
  // The part of its types that is used here.
  const { Server } = load("socket.io") as SocketIo;
  const http = limits === "short" ? hastyHttpServer(HASTY_REQUEST) : createServer();
  const io = new Server(http, limits === "short" ? HASTY : {});
  applyTo(io);
  return { port: await listening(http), connections: () => io.engine.clientsCount };
}
