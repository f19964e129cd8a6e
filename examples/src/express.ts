import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@everwire/server";
import express from "express";

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = express();
  const server = createServer(app);
  const io = new Server(server);

  app.get("/", (_request, response) => {
    response.send("hello from Express");
  });

  io.on("connection", (socket) => {
    socket.on("say", (text: string, answer: (receipt: { heard: string }) => void) => {
      socket.broadcast.emit("said", socket.id, text);
      answer({ heard: text });
    });
  });

  // Not app.listen(): that would make a second server, which knows nothing of `io`.
  await once(server.listen(port, "127.0.0.1"), "listening");
  // A server that listens on a port has an address and a port.
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => io.close() };
}

if (process.argv[1] === import.meta.filename) console.log((await start(Number(process.argv[2] ?? 3000))).url);
