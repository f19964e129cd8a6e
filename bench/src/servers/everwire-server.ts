/** Everwire under load: `/echo` answers, every other path broadcasts. */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { PreparedMessage, WebSocketServer } from "@everwire/websocket";
import { listenAndAnnounce } from "./announcement.ts";
import { perMessageDeflate, readServerSettings } from "./server-settings.ts";

/** More than the 1 MiB of the largest row. */
const MAX_PAYLOAD = 2 * 1024 * 1024;

const { tls, compression } = readServerSettings();
const server = tls === undefined ? createServer() : createTlsServer(tls);

// A variable, as the option is not there in every version: without it the compression rows are skipped.
const options = { server, maxPayload: MAX_PAYLOAD, perMessageDeflate: perMessageDeflate(compression) };

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

listenAndAnnounce(server, "");
