import { setTimeout as pause } from "node:timers/promises";

/** What the application needs of a socket, whose ever server it is on. */
export interface ApplicationSocket {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  join(room: string): unknown;
}

/** What the application needs of a server with the vocabulary of Socket.IO. */
export interface ApplicationServer {
  on(event: "connection", listener: (socket: ApplicationSocket) => void): unknown;
  to(room: string): { emit(event: string, data: Buffer): unknown };
}

const CROWD = "crowd";
const NEWS_BYTES = 64 * 1024;
const BETWEEN_NEWS = 3;

/**
 * A server's application, by event. `echo` is acknowledged with what came; `join` takes part in what `broadcast` starts:
 * as many messages of 64 KiB as it says, each to all who have joined.
 */
export function applyTo(io: ApplicationServer): void {
  io.on("connection", (socket) => {
    socket.on("echo", (text, answer) => {
      if (typeof answer === "function") answer(text);
    });
    socket.on("join", () => void socket.join(CROWD));
    socket.on("broadcast", (count) => void broadcast(io, Number(count)));
  });
}

/** As an application does that publishes and never looks whether anybody keeps up. */
async function broadcast(io: ApplicationServer, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    io.to(CROWD).emit("news", Buffer.alloc(NEWS_BYTES, sent));
    await pause(BETWEEN_NEWS);
  }
}
