/**
 * The application that foreign clients are pointed at: events both ways, acknowledgements, binary, rooms, a custom
 * namespace and one that refuses. Run as a process (`node peer-app.js PORT`) it can be killed and started again.
 */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@everwire/server";

export interface PeerApp {
  readonly url: string;
  readonly port: number;
  readonly io: Server;
  close(): Promise<void>;
}

function listen(http: HttpServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", () => resolve((http.address() as AddressInfo).port));
  });
}

function describe(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (...args: unknown[]) => {
      const ack = args.pop();
      if (typeof ack === "function") ack(...args);
      else socket.emit("echoed", ...args, ack);
    });
    socket.on("ask-me", (question: string) => {
      socket.emit("question", question, Buffer.from([1, 2, 3]), (...answer: unknown[]) => {
        socket.emit("answered", ...answer);
      });
    });
    socket.on("join", (room: string, done: () => void) => {
      socket.join(room);
      done();
    });
    socket.on("tell", (room: string, text: string) => socket.to(room).emit("told", text));
    socket.on("tell-all", (text: string) => io.emit("told", text));
    socket.on("count", (upTo: number) => {
      for (let n = 0; n < upTo; n++) socket.emit("number", n);
    });
    socket.on("leave-me", () => socket.disconnect());
    socket.on("cut-me", () => socket.disconnect(true));
  });
  io.of("/custom").on("connection", (socket) => {
    socket.emit("welcome", { auth: socket.handshake.auth, namespace: socket.nsp.name });
    socket.on("sum", (a: number, b: number, done: (sum: number) => void) => done(a + b));
  });
  io.of("/guarded").use((socket, next) => {
    if (socket.handshake.auth.token === "sesame") return next();
    next(Object.assign(new Error("not you"), { data: { code: 4711, hint: "say sesame" } }));
  });
}

export async function startPeerApp(port = 0, options: ConstructorParameters<typeof Server>[1] = {}): Promise<PeerApp> {
  const http = createServer();
  const io = new Server(http, options);
  describe(io);
  const bound = await listen(http, port);
  return { url: `http://127.0.0.1:${bound}`, port: bound, io, close: () => io.close() };
}

if (process.argv[1] === import.meta.filename) {
  const app = await startPeerApp(Number(process.argv[2] ?? 0));
  process.stdout.write(`listening ${app.port}\n`);
}
