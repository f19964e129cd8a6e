/** Everwire under load: `/echo` answers, every other path broadcasts. */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type Connection, PreparedMessage, WebSocketServer } from "@everwire/websocket";
import { listenAndAnnounce } from "./announcement.ts";
import { perMessageDeflate, readServerSettings } from "./server-settings.ts";

/** More than the 1 MiB of the largest row. */
const MAX_PAYLOAD = 2 * 1024 * 1024;

const { tls, compression } = readServerSettings();
const server = tls === undefined ? createServer() : createTlsServer(tls);
const subscribers = new Set<Connection>();

// A variable, as the option is not there in every version: without it the compression rows are skipped.
const options = { server, maxPayload: MAX_PAYLOAD, perMessageDeflate: perMessageDeflate(compression) };

new WebSocketServer({
  ...options,
  onConnection: (connection, request) => {
    if (request.url === "/echo") return { message: (data) => connection.send(data), close: () => {} };
    subscribers.add(connection);
    return {
      message: (data) => {
        const message = new PreparedMessage(data);
        for (const subscriber of subscribers) subscriber.sendPrepared(message);
      },
      close: () => subscribers.delete(connection),
    };
  },
});

listenAndAnnounce(server, "");
