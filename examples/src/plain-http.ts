import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@everwire/server";

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method === "GET" && request.url === "/") response.end("hello from node:http");
    else response.writeHead(404).end("no such page");
  });

  // Requests under /socket.io/ are Everwire's, all others go to the listener above.
  const io = new Server(server);

  io.on("connection", (socket) => {
    socket.on("say", (text: string, answer: (receipt: { heard: string }) => void) => {
      socket.broadcast.emit("said", socket.id, text);
      answer({ heard: text });
    });
  });

  await once(server.listen(port, "127.0.0.1"), "listening");
  // A server that listens on a port has an address and a port.
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => io.close() };
}

if (process.argv[1] === import.meta.filename) console.log((await start(Number(process.argv[2] ?? 3000))).url);
