import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Socket as TcpSocket } from "node:net";

/** What a server can be attached to. */
export type AnyHttpServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** What is open on an HTTP server, so that it can be closed. Made when the server is attached. */
export interface OpenConnections {
  /** Ends those on which nothing is being asked, and makes the others end after their last answer. Can be repeated. */
  closeIdle(): void;
  /** Cuts off all of them. */
  closeAll(): void;
}

/** Node keeps the list for HTTP/1.1, and for HTTP/2 only in part. */
export function openConnections(server: AnyHttpServer): OpenConnections {
  if (isHttp2(server)) return new Http2Connections(server);
  return { closeIdle: () => server.closeIdleConnections(), closeAll: () => server.closeAllConnections() };
}

/** The sessions of an HTTP/2 server, and the connections on which its clients speak HTTP/1.1. */
class Http2Connections implements OpenConnections {
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<TcpSocket>();

  constructor(server: Http2Server | Http2SecureServer) {
    this.#server = server;
    const addSocket = (socket: TcpSocket): void => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    };
    // With TLS both come for one connection, first the TCP socket and then what is above it.
    server.on("connection", addSocket).on("secureConnection", addSocket);
    server.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
  }

  closeIdle(): void {
    // RFC 9113 §6.8: GOAWAY; streams that are open are still answered.
    for (const session of this.#sessions) session.close();
    if ("closeIdleConnections" in this.#server && typeof this.#server.closeIdleConnections === "function") {
      this.#server.closeIdleConnections();
    }
  }

  closeAll(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function isHttp2(server: AnyHttpServer): server is Http2Server | Http2SecureServer {
  return "updateSettings" in server;
}
