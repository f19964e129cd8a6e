import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import type { EnginePacket } from "@everwire/protocol";
import type { Namespace } from "../namespace/namespace.ts";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import type { SessionView } from "./session-view.ts";

test("the engine counts its clients and tells of each before any namespace is connected", async (context) => {
  const { server, open } = await rig(context);
  const sessions: SessionView[] = [];
  server.engine.on("connection", (session) => sessions.push(session));
  assert.equal(server.engine.clientsCount, 0);
  const client = await open();
  const [session] = sessions;
  assert.deepEqual([session?.id, session?.transport.name, session?.readyState], [client.sid, "polling", "open"]);
  assert.equal(server.engine.clientsCount, 1);
  const connected = nextSocket(server);
  await client.connect();
  const socket = await connected;
  assert.equal(socket.conn, session);
  assert.deepEqual([socket.client.id, socket.client.conn], [client.sid, session]);
  assert.equal(socket.client, socket.client);
});

test("headers and initial_headers add to the answers", async (context) => {
  const { server, origin } = await rig(context);
  const urls: (string | undefined)[] = [];
  server.engine.on("initial_headers", (headers, request) => {
    urls.push(request.url);
    headers.initial = "yes";
    headers["set-cookie"] = ["a=1", "b=2"];
  });
  server.engine.once("headers", (headers) => {
    headers.every = "first";
  });
  server.engine.on("headers", (headers) => {
    headers.every ??= "later";
  });
  const url = `${origin}/socket.io/?EIO=4&transport=polling`;
  const opened = await fetch(url);
  const sid = /"sid":"([^"]+)"/.exec(await opened.text())?.[1];
  assert.deepEqual([opened.headers.get("initial"), opened.headers.get("every")], ["yes", "first"]);
  assert.deepEqual(opened.headers.getSetCookie(), ["a=1", "b=2"]);
  const posted = await fetch(`${url}&sid=${sid}`, { method: "POST", body: "40" });
  assert.deepEqual([posted.headers.get("initial"), posted.headers.get("every")], [null, "later"]);
  assert.deepEqual(urls, ["/socket.io/?EIO=4&transport=polling"]);
});

test("headers go into the answer of an upgrade too", async (context) => {
  const { server, origin } = await rig(context);
  server.engine.on("initial_headers", (headers) => {
    headers.initial = "yes";
  });
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const asked = request(`${origin}/socket.io/?EIO=4&transport=websocket`, { headers }).end();
  const [response, socket] = await within(once(asked, "upgrade"), "the upgrade");
  socket.destroy();
  assert.deepEqual([response.statusCode, response.headers.initial], [101, "yes"]);
});

test("a listener that is removed hears no more, and one that throws is reported", async (context) => {
  const { server, open } = await rig(context);
  const reported = new Promise((resolve) => server.on("handler_error", resolve));
  const removed = (): void => assert.fail("it was removed");
  server.engine.on("connection", removed);
  server.engine.off("connection", removed);
  server.engine.once("connection", () => {
    throw new Error("thrown");
  });
  await open();
  await within(reported, "the report");
  assert.equal(server.engine.clientsCount, 1);
});

test("conn tells of the messages in both directions, attachments included, and of its end", async (context) => {
  const { server, open } = await rig(context);
  const packets: [string, EnginePacket][] = [];
  const ends: unknown[] = [];
  server.engine.on("connection", (session) => {
    session.on("packet", (packet) => packets.push(["in", packet]));
    session.on("packetCreate", (packet) => packets.push(["out", packet]));
    session.once("close", (reason) => ends.push(reason));
  });
  const client = await open();
  const id = await client.connect("/", { a: 1 });
  assert.deepEqual(packets.splice(0), [
    ["in", { type: "message", data: '0{"a":1}' }],
    ["out", { type: "message", data: `0{"sid":"${id}"}` }],
  ]);
  server.emit("b", new Uint8Array([7]));
  await client.take();
  await client.send('51-["c",{"_placeholder":true,"num":0}]', new Uint8Array([8]));
  await until(() => packets.length === 4, "the packets");
  assert.deepEqual(
    packets.map(([way, { data }]) => [way, typeof data === "string" ? data : [...data]]),
    [
      ["out", '51-["b",{"_placeholder":true,"num":0}]'],
      ["out", [7]],
      ["in", '51-["c",{"_placeholder":true,"num":0}]'],
      ["in", [8]],
    ],
  );
  server.disconnectSockets(true);
  await within(client.closed, "the end of the session");
  assert.deepEqual(ends, ["forced server close"]);
});

test("listeners can be removed by the name of Node's emitters", async (context) => {
  const { server, open } = await rig(context);
  const removed = (): void => assert.fail("it was removed");
  server.engine.on("connection", removed).removeListener("connection", removed);
  server.of("/").on("connection", removed).removeListener("connection", removed);
  server.of("/").adapter.on("create-room", removed).removeListener("create-room", removed);
  const ended = new Promise<void>((resolve) => {
    server.engine.once("connection", (session) => {
      session.once("close", removed);
      session.once("close", () => resolve());
      session.removeListener("close", removed);
    });
  });
  const client = await open();
  await client.connect();
  server.disconnectSockets(true);
  await within(ended, "the end of the session");
});

test("a monitoring tool finds what it attaches to", async (context) => {
  const { server, join } = await rig(context);
  const log: unknown[] = [];
  const attach = (namespace: Namespace): void => {
    namespace.prependListener("connection", (socket) => {
      // As tools do to hear of every change of `data`.
      socket.data = new Proxy(
        { clientId: socket.client.id },
        {
          set: (target, name, value) => {
            log.push(["data", name, value]);
            return Reflect.set(target, name, value);
          },
        },
      );
      socket.conn.on("upgrade", () => undefined);
      socket.onAny((name) => log.push(["in", name]));
      socket.onAnyOutgoing((name) => log.push(["out", name]));
      socket.on("disconnect", (reason) => log.push(["disconnect", reason]));
    });
    namespace.adapter.on("join-room", (room) => log.push(["join", room.length === 20 ? "own" : room]));
  };
  server.on("connection", (socket) => {
    socket.data.user = "ada";
    socket.join("x");
    socket.on("ask", () => socket.emit("answer"));
  });
  for (const namespace of server._nsps.values()) attach(namespace);
  server.on("new_namespace", attach);
  server.of(/^\/d/);
  const client = await join();
  await client.send('2["ask"]');
  assert.equal(await client.take(), '2["answer"]');
  await client.connect("/dynamic");
  await client.send("1");
  await until(() => log.length === 7, "the disconnect");
  assert.deepEqual(log, [
    ["join", "own"],
    ["data", "user", "ada"],
    ["join", "x"],
    ["in", "ask"],
    ["out", "answer"],
    ["join", "own"],
    ["disconnect", "client namespace disconnect"],
  ]);
  const views = await Promise.all([...server._nsps.values()].map((namespace) => namespace.fetchSockets()));
  assert.deepEqual(
    views.flat().map(({ data }) => data.clientId),
    [client.sid],
  );
  assert.equal(server.of("/dynamic").server.engine.clientsCount, 1);
});
