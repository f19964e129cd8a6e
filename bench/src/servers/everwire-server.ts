/** Everwire under load: `/echo` answers, every other path broadcasts. */
import { createServer as createTlsServer } from "node:https";
import { PreparedMessage, WebSocketServer } from "@everwire/websocket";
import { announceListening } from "./announcement.ts";
import { perMessageDeflate, readServerSettings } from "./server-settings.ts";

/** More than the 1 MiB of the largest row. */
const MAX_PAYLOAD = 2 * 1024 * 1024;

const { tls, compression } = readServerSettings();
// The form that both libraries show first; TLS needs a server of its own.
const server = tls === undefined ? undefined : createTlsServer(tls).listen(0, "127.0.0.1");
const place = server === undefined ? { port: 0, host: "127.0.0.1" } : { server };

// A variable, as the option is not there in every version: without it the compression rows are skipped.
const options = { ...place, maxPayload: MAX_PAYLOAD, perMessageDeflate: perMessageDeflate(compression) };

const wss = new WebSocketServer(options);

wss.on("connection", (socket, request) => {
  if (request.url === "/echo") {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    return;
  }
  socket.on("message", (data, isBinary) => {
    // Data comes as Buffer unless another form is asked for.
    const message = new PreparedMessage(data as Buffer, { binary: isBinary });
    for (const client of wss.clients) client.send(message);
  });
});

announceListening(wss, "");
