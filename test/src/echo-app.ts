/** An echo server of `@everwire/websocket` for peers of other making, and what a client of ours does at theirs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type WebSocket, WebSocketServer, type WebSocketServerOptions } from "@everwire/websocket";

const MAX_PAYLOAD = 4 * 1024 * 1024;

export interface EchoApp {
  readonly port: number;
  readonly server: WebSocketServer;
  close(): Promise<void>;
}

/** Sends back every message, chooses the subprotocol `echo`, and closes with 4321 who asks for it by "close me". */
export async function startEchoApp(options: WebSocketServerOptions = {}): Promise<EchoApp> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: true,
    handleProtocols: (offered) => (offered.has("echo") ? "echo" : false),
    ...options,
  });
  server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      if (String(data) === "close me") socket.close(4321, "as you wish");
      else socket.send(data, { binary: isBinary });
    });
  });
  const address = await server.ready();
  return { port: address?.port ?? 0, server, close: () => server.close() };
}

/** Sends messages of all kinds and sizes one by one, hears each come back, and is closed as it asks. */
export async function exerciseEcho(socket: WebSocket): Promise<void> {
  for (const message of [
    "",
    "né😀",
    Buffer.alloc(0),
    Buffer.from([0, 255]),
    "x".repeat(300_000),
    Buffer.alloc(300_000, "y"),
  ]) {
    socket.send(message);
    const { data } = await socket.receive({ deadline: 10_000 });
    assert.deepEqual(data, message);
  }
  // Many at once, so that they share reads and writes.
  for (let at = 0; at < 500; at++) socket.send(`message ${at}`);
  for (let at = 0; at < 500; at++) assert.equal((await socket.receive({ deadline: 10_000 })).data, `message ${at}`);
  socket.send("close me");
  assert.deepEqual(await socket.closed, { code: 4321, reason: "as you wish", wasClean: true });
}

/** Starts a server of somebody else's, which prints `port N` when it listens. */
export async function startPeerServer(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ port: number; stop(): void }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { port: Number(port), stop: () => child.kill("SIGKILL") };
  }
  throw new Error(`${command} ended before it listened`);
}
