import { Server } from "@everwire/server";
import Fastify from "fastify";

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const fastify = Fastify();
  const io = new Server(fastify.server);

  fastify.get("/", () => "hello from Fastify");

  io.on("connection", (socket) => {
    socket.on("say", (text: string, answer: (receipt: { heard: string }) => void) => {
      socket.broadcast.emit("said", socket.id, text);
      answer({ heard: text });
    });
  });

  // Fastify waits for open connections before it closes, so the sessions end first.
  fastify.addHook("preClose", () => io.close());

  // One address: for the name "localhost" Fastify may open a second server, which knows nothing of `io`.
  const url = await fastify.listen({ port, host: "127.0.0.1" });
  return { url, close: () => fastify.close() };
}

if (process.argv[1] === import.meta.filename) console.log((await start(Number(process.argv[2] ?? 3000))).url);
