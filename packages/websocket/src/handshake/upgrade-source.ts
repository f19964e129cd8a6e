import type { Server as HttpServer, IncomingMessage } from "node:http";
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { enableTunnels, Http2Upgrade, isTunnelRequest } from "./http2-upgrade.ts";
import { HttpUpgrade, type Upgrade } from "./upgrade.ts";

/** An HTTP server of Node's, of either version. */
export type UpgradableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

const METHOD_NOT_ALLOWED = 405;

/** The requests for WebSockets that come to an HTTP server, until it is stopped. */
export interface UpgradeSource {
  stop(): void;
}

/** Listens to a server for upgrades of HTTP/1.1 and, where the server speaks it, for the tunnels of HTTP/2. */
export function upgradesOf(server: UpgradableServer, take: (upgrade: Upgrade) => void): UpgradeSource {
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    take(new HttpUpgrade(request, socket, head));
  };
  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    if (isTunnelRequest(headers)) take(new Http2Upgrade(stream, headers));
  };
  // With a `request` listener Node answers every CONNECT with 405, unless somebody listens to `connect`.
  const onConnect = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (isTunnelRequest(request.headers) || server.listenerCount("connect") > 1) return;
    response.writeHead(METHOD_NOT_ALLOWED).end();
  };
  const speaksHttp2 = "updateSettings" in server;
  server.on("upgrade", onUpgrade);
  if (speaksHttp2) {
    enableTunnels(server);
    server.on("stream", onStream).on("connect", onConnect);
  }
  return {
    stop: () => {
      server.off("upgrade", onUpgrade);
      if (speaksHttp2) server.off("stream", onStream).off("connect", onConnect);
    },
  };
}
