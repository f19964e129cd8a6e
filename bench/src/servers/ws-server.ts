/** ws as its README has it, with bufferutil beside it: `/echo` answers, every other path broadcasts. */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";
import { WebSocket, WebSocketServer } from "ws";
import { listenAndAnnounce } from "./announcement.ts";
import { perMessageDeflate, readServerSettings } from "./server-settings.ts";

const { tls, compression } = readServerSettings();
const server = tls === undefined ? createServer() : createTlsServer(tls);
const wss = new WebSocketServer({ server, perMessageDeflate: perMessageDeflate(compression) });

wss.on("connection", (ws, request) => {
  ws.on("error", () => {});
  if (request.url === "/echo") {
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
    return;
  }
  ws.on("message", (data, isBinary) => {
    for (const client of wss.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});

// ws takes bufferutil by itself where it is installed; where no native build fits it falls back to JavaScript.
const native = String(createRequire(import.meta.url)("bufferutil").mask).includes("[native code]");
listenAndAnnounce(server, native ? "" : "bufferutil runs its JavaScript fallback");
