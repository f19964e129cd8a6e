import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server } from "@everwire/server";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = new Hono();

  app.get("/", (c) => c.text("hello from Hono"));

  const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });
  const io = new Server(server);

  io.on("connection", (socket) => {
    socket.on("say", (text: string, answer: (receipt: { heard: string }) => void) => {
      socket.broadcast.emit("said", socket.id, text);
      answer({ heard: text });
    });
  });

  await once(server, "listening");
  // A server that listens on a port has an address and a port.
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => io.close() };
}

if (process.argv[1] === import.meta.filename) console.log((await start(Number(process.argv[2] ?? 3000))).url);
