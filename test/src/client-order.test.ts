/** What socket.io-client 4.8 and our client report, in which order, when the same happens to both. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import * as ours from "@everwire/client";
import { Server } from "socket.io";
import * as theirs from "socket.io-client";
import { until } from "./waiting.ts";

type AnySocket = ours.Socket | theirs.Socket;
interface Run {
  readonly socket: AnySocket;
  readonly seen: string[];
  /** Waits until so many reports begin so. */
  reports(what: string, count?: number): Promise<void>;
}

const http = createServer();
const server = new Server(http);
let url = "";

before(async () => {
  server.on("connection", (socket) => {
    socket.on("kick", () => socket.disconnect());
    socket.on("cut", () => socket.conn.close());
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  });
  server.of("/no").use((_, next) => next(Object.assign(new Error("no"), { data: 1 })));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
after(() => server.close());

function record(socket: AnySocket): Run {
  const seen: string[] = [];
  const state = (): string =>
    `${socket.connected ? "connected" : "not connected"}, ${socket.active ? "" : "not "}active`;
  // Both have these events, in types that have nothing in common.
  const manager = socket.io as theirs.Manager;
  for (const event of ["open", "close", "reconnect", "reconnect_attempt", "reconnect_failed"] as const) {
    manager.on(event, (...args: unknown[]) => seen.push(`manager ${event} ${args.slice(0, 1).join()}`.trim()));
  }
  socket.on("connect", () => seen.push(`connect: ${state()}`));
  socket.on("disconnect", (reason: string) => seen.push(`disconnect ${reason}: ${state()}, ${socket.id}`));
  socket.on("connect_error", (error: Error & { readonly data?: unknown }) => {
    seen.push(`connect_error ${error.data}: ${state()}`);
  });
  const reports = (what: string, count = 1): Promise<void> =>
    until(what, () => seen.filter((line) => line.startsWith(what)).length >= count);
  return { socket, seen, reports };
}

const options = { transports: ["websocket"], reconnectionDelay: 10, reconnectionDelayMax: 20, forceNew: true };

const SCENARIOS: Readonly<Record<string, (io: (url: string, options: object) => AnySocket) => Promise<Run>>> = {
  "the server disconnects the socket, which comes back when it is told to": async (io) => {
    const run = record(io(url, options));
    run.socket.emit("kick");
    await run.reports("disconnect");
    run.socket.connect();
    await run.reports("connect:", 2);
    run.socket.disconnect();
    return run;
  },
  "the connection is lost": async (io) => {
    const run = record(io(url, options));
    run.socket.emit("cut");
    await run.reports("connect:", 2);
    run.socket.disconnect();
    return run;
  },
  "the connection is lost, and is not to be made again": async (io) => {
    const run = record(io(url, { ...options, reconnection: false }));
    run.socket.emit("cut");
    await run.reports("manager close");
    run.socket.connect();
    await run.reports("connect:", 2);
    run.socket.disconnect();
    return run;
  },
  "a middleware refuses": async (io) => {
    const run = record(io(`${url}/no`, options));
    await run.reports("connect_error");
    await run.reports("manager close");
    // Ours gives the listener time to try again with other credentials over the same connection.
    run.seen.sort();
    return run;
  },
  "there is no server": async (io) => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const run = record(io(`http://127.0.0.1:${port}`, { ...options, reconnectionAttempts: 2 }));
    await run.reports("manager reconnect_failed");
    return run;
  },
  "what is emitted before the socket connects": async (io) => {
    const run = record(io(url, { ...options, autoConnect: false }));
    run.socket.emit("echo", 1, (value: unknown) => run.seen.push(`answer ${value}`));
    run.socket.volatile.emit("echo", 2, (value: unknown) => run.seen.push(`answer ${value}`));
    run.socket.open();
    await run.reports("answer 1");
    run.socket.disconnect();
    return run;
  },
  "acknowledgements that never come": async (io) => {
    const run = record(io(url, options));
    await run.reports("connect:");
    run.socket.emit("never", () => run.seen.push("never"));
    run.socket.timeout(20).emit("never", (error: Error | null) => run.seen.push(`timeout ${error?.message}`));
    await run.reports("timeout");
    const lost = run.socket.emitWithAck("never").catch((error: Error) => run.seen.push(`promise ${error.message}`));
    run.socket.emit("cut");
    await lost;
    await run.reports("connect:", 2);
    run.socket.disconnect();
    return run;
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  it(name, async () => {
    const their = await scenario((address, more) => theirs.io(address, more));
    const our = await scenario((address, more) => ours.io(address, more));
    assert.deepEqual(our.seen, their.seen);
    assert.ok(our.seen.length > 0);
  });
}
