import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type WebSocket, WebSocketServer } from "@everwire/websocket";
import { createHttpServer } from "./http-server.ts";
import { authority, destination, type ListenAddress, listen } from "./listen.ts";
import { type Running, runUntilStopped } from "./run-until-stopped.ts";
import type { Terminal } from "./terminal.ts";

export const MAX_ECHO_BYTES: number = 16 * 1024 * 1024;
/** Echoes that wait for a peer who sends faster than it reads; over this the connection ends. */
const MAX_WAITING_BYTES = 4 * MAX_ECHO_BYTES;

/** `everwire echo`: runs until a signal stops it. */
export function echo(options: ListenAddress, terminal: Terminal): Promise<number> {
  return runUntilStopped(() => startEcho(options), terminal);
}

/** A WebSocket server at every path that sends back each message as it came, text as text and binary as binary. */
export async function startEcho(options: ListenAddress): Promise<Running & { readonly address: ListenAddress }> {
  const http = createHttpServer();
  http.on("request", askForUpgrade);
  const server = new WebSocketServer({
    server: http,
    maxPayload: MAX_ECHO_BYTES,
    maxBufferedBytes: MAX_WAITING_BYTES,
    // Whatever a client wants to try: it comes to compression only if it offers it.
    perMessageDeflate: { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
  });
  server.on("connection", sendBack);
  const address = await listen(http, options);
  return {
    address,
    announcement: announcement(address),
    unready: () => {},
    close: () => closeEcho(server, http),
  };
}

function sendBack(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

/** RFC 9110 §15.5.22 */
function askForUpgrade(_request: IncomingMessage, response: ServerResponse): void {
  const headers = { Upgrade: "websocket", Connection: "Upgrade, close", "Content-Type": "text/plain; charset=utf-8" };
  response.writeHead(426, headers).end("This is a WebSocket echo server.\n");
}

async function closeEcho(server: WebSocketServer, http: Server): Promise<void> {
  http.close();
  await server.close();
  http.closeAllConnections();
}

function announcement(address: ListenAddress): string {
  return [
    "everwire echo is ready",
    "",
    `  Connect    ws://${destination(address)}/ (any path)`,
    `  Listening  ${authority(address)}, messages to ${MAX_ECHO_BYTES} bytes`,
    "",
    "Stop with Ctrl+C.",
    "",
  ].join("\n");
}
