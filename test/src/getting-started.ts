/**
 * A chat as the tutorial of Socket.IO builds it, step by step to its end: Express, a page with the script that the server
 * serves, acknowledged and repeated messages, and recovery of what a lost connection missed. Which server it runs on is
 * what its only import says; here, whoever starts it.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { Server as SocketIoServer } from "socket.io";

const PAGE = `<!doctype html><title>chat</title>
<ul id="messages"></ul>
<form id="form"><input id="input" autocomplete="off"><button>Send</button></form>
<button id="toggle">Disconnect</button>
<script src="/socket.io/socket.io.js"></script>
<script>
  let counter = 0;
  const socket = io({ auth: { serverOffset: 0 }, ackTimeout: 10000, retries: 3 });
  document.getElementById("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = document.getElementById("input");
    socket.emit("chat message", input.value, socket.id + "-" + counter++);
    input.value = "";
  });
  document.getElementById("toggle").addEventListener("click", () => {
    if (socket.connected) socket.disconnect();
    else socket.connect();
  });
  socket.on("connect", () => { document.title = socket.recovered ? "recovered" : "connected"; });
  socket.on("disconnect", () => { document.title = "disconnected"; });
  socket.on("chat message", (text, serverOffset) => {
    const item = document.createElement("li");
    item.textContent = text;
    document.getElementById("messages").appendChild(item);
    socket.auth.serverOffset = serverOffset;
  });
</script>`;

export interface Chat {
  readonly url: string;
  /** What was said, in order. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** @param Server that of `socket.io`, or one that can stand in for it. */
export async function startChat(Server: typeof SocketIoServer): Promise<Chat> {
  const app = express();
  const http = createServer(app);
  const io = new Server(http, { connectionStateRecovery: {} });
  const texts: string[] = [];
  const known = new Set<string>();

  app.get("/", (_, response) => {
    response.type("html").send(PAGE);
  });

  io.on("connection", (socket) => {
    socket.on("chat message", (text: string, clientOffset: string, done: () => void) => {
      // Said before: the acknowledgement was lost.
      if (!known.has(clientOffset)) {
        known.add(clientOffset);
        texts.push(text);
        io.emit("chat message", text, texts.length);
      }
      done();
    });
    if (socket.recovered) return;
    const { serverOffset } = socket.handshake.auth;
    for (const [at, text] of texts.entries()) if (at >= serverOffset) socket.emit("chat message", text, at + 1);
  });

  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  // Listening on a TCP port, so the address is not a path.
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    texts,
    close: async () => {
      http.closeAllConnections();
      await io.close();
    },
  };
}
