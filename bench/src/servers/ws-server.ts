/** ws as its README has it, with bufferutil beside it: `/echo` answers, every other path broadcasts. */
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";
import { WebSocket, WebSocketServer } from "ws";
import { announceListening } from "./announcement.ts";
import { perMessageDeflate, readServerSettings } from "./server-settings.ts";

const { tls, compression } = readServerSettings();
const server = tls === undefined ? undefined : createTlsServer(tls).listen(0, "127.0.0.1");
const place = server === undefined ? { port: 0, host: "127.0.0.1" } : { server };
const wss = new WebSocketServer({ ...place, perMessageDeflate: perMessageDeflate(compression) });

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
announceListening(wss, native ? "" : "bufferutil runs its JavaScript fallback");
