/** `@socket.io/admin-ui`, unmodified: it instruments our server, and its page is told what it would be told of socket.io's. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Server } from "@everwire/server";
import { instrument } from "@socket.io/admin-ui";
import { io, type Socket } from "socket.io-client";
import { nextEvent, until } from "./waiting.ts";

interface Stats {
  readonly clientsCount: number;
  readonly pollingClientsCount: number;
  readonly aggregatedEvents: readonly { readonly type: string; readonly count: number }[];
  readonly namespaces: readonly { readonly name: string; readonly socketsCount: number }[];
}

interface Seen {
  readonly id: string;
  readonly nsp: string;
  readonly transport?: string;
  readonly rooms: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

interface Stage {
  readonly server: Server;
  dial(namespace: string, ...transports: ("polling" | "websocket")[]): Socket;
}

async function stage(context: TestContext): Promise<Stage> {
  const http = createServer();
  const server = new Server(http);
  // It is written for the class of socket.io; that ours has what it uses is what is tested here.
  instrument(server as never, { auth: false, mode: "development" });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  // Listening on a TCP port, so the address is not a path.
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const opened: Socket[] = [];
  context.after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.close();
  });
  const dial = (namespace: string, ...transports: ("polling" | "websocket")[]): Socket => {
    const socket = io(`${url}${namespace}`, { ...(transports.length > 0 && { transports }), forceNew: true });
    opened.push(socket);
    return socket;
  };
  return { server, dial };
}

test("shows sockets, rooms, events and counters", async (context) => {
  const { server, dial } = await stage(context);
  server.on("connection", (socket) => {
    socket.data.name = "ada";
    socket.join("tea");
    socket.on("hello", (answer: (text: string) => void) => answer("you too"));
  });
  const admin = dial("/admin", "websocket");
  const told: unknown[][] = [];
  admin.onAny((...args: unknown[]) => told.push(args));
  await nextEvent(admin, "connect");

  const client = dial("/", "polling");
  await nextEvent(client, "connect");
  assert.equal(await client.timeout(5000).emitWithAck("hello"), "you too");
  const heard = (name: string): unknown[] | undefined => told.find(([event]) => event === name);
  await until("all has been told", () => ["room_joined", "event_received"].every((name) => heard(name) !== undefined));
  const [, connected] =
    told.find(([event, socket]) => event === "socket_connected" && (socket as Seen).nsp === "/") ?? [];
  const seen = connected as Seen;
  assert.deepEqual([seen.id, seen.transport], [client.id, "polling"]);
  assert.ok(
    told.some(
      ([event, namespace, room, id]) => `${event} ${namespace} ${room} ${id}` === `room_joined / tea ${client.id}`,
    ),
  );
  const [, namespace, id, args] = heard("event_received") ?? [];
  assert.deepEqual([namespace, id, args], ["/", client.id, ["hello"]]);

  const isStats = ([event, stats]: unknown[]): boolean =>
    event === "server_stats" && (stats as Stats).clientsCount === 2 && (stats as Stats).pollingClientsCount === 1;
  await until("the counters", () => told.some(isStats));
  const stats = told.filter(([event]) => event === "server_stats").map(([, each]) => each as Stats);
  const counted = new Set(stats.flatMap(({ aggregatedEvents }) => aggregatedEvents.map(({ type }) => type)));
  for (const type of ["rawConnection", "packetsIn", "packetsOut", "bytesIn", "bytesOut"])
    assert.ok(counted.has(type), type);
  const sizes = stats.at(-1)?.namespaces.map(({ name, socketsCount }) => `${name} ${socketsCount}`);
  assert.deepEqual(sizes?.sort(), ["/ 1", "/admin 1"]);
});

test("moves, speaks to and disconnects a client", async (context) => {
  const { server, dial } = await stage(context);
  const [admin, client] = [dial("/admin"), dial("/")];
  await Promise.all([nextEvent(admin, "connect"), nextEvent(client, "connect")]);
  admin.emit("join", "/", "tea", client.id);
  await until("it has joined", () => server.sockets.adapter.rooms.get("tea")?.has(client.id ?? "") === true);
  const said = nextEvent(client, "from above");
  admin.emit("emit", "/", "tea", "from above", 1);
  assert.deepEqual(await said, [1]);
  admin.emit("leave", "/", "tea", client.id);
  await until("it has left", () => !server.sockets.adapter.rooms.has("tea"));
  const gone = nextEvent(client, "disconnect");
  admin.emit("_disconnect", "/", false, client.id);
  assert.equal((await gone)[0], "io server disconnect");
});

test("follows an upgrade", async (context) => {
  const { server, dial } = await stage(context);
  const admin = dial("/admin", "websocket");
  const moved = new Promise<Seen>((resolve) => {
    admin.on("socket_updated", (socket: Seen) => socket.transport !== undefined && resolve(socket));
  });
  await nextEvent(admin, "connect");
  const client = dial("/", "polling", "websocket");
  await nextEvent(client, "connect");
  assert.equal((await moved).transport, "websocket");
  assert.equal(server.engine.clientsCount, 2);
});
