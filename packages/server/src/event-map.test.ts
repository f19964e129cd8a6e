import assert from "node:assert/strict";
import { test } from "node:test";
import type { DefaultEventMap } from "@everwire/protocol";
import { nextSocket, rig, until, within } from "./wire-client.test.ts";

interface ClientEvents {
  add: (a: number, b: number, ack: (sum: number) => void) => void;
  note: (text: string) => void;
}

interface ServerEvents {
  greet: (name: string) => void;
  ask: (question: string, ack: (answer: string) => void) => void;
}

test("maps of events type both directions and the acknowledgements", async (context) => {
  const { server, join } = await rig<ClientEvents, ServerEvents>(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  socket.on("add", (a, b, ack) => ack(a + b));
  socket.on("disconnect", (reason) => assert.equal(typeof reason, "string"));
  // @ts-expect-error: no such event from the client
  socket.on("greet", () => undefined);
  // @ts-expect-error: no such event to the client
  socket.emit("note", "x");
  // @ts-expect-error: the argument is a text
  server.emit("greet", 1);
  assert.equal(await client.take(), '2["note","x"]');
  assert.equal(await client.take(), '2["greet",1]');

  await client.send('21["add",2,3]');
  assert.equal(await client.take(), "31[5]");

  const answer: Promise<string> = socket.emitWithAck("ask", "why");
  await client.packet();
  await client.send('30["so"]');
  assert.equal((await within(answer, "the answer")).length, 2);

  const answers: string[] = [];
  socket.timeout(5000).emit("ask", "one", (error, reply) => answers.push(error === null ? reply : error.message));
  server.timeout(5000).emit("ask", "all", (error, replies) => answers.push(...(error === null ? replies : [])));
  await client.packet();
  await client.packet();
  await client.send('31["a"]', '32["b"]');
  await until(() => answers.length === 2, "both answers");
  assert.deepEqual(answers, ["a", "b"]);
});

test("what sockets keep and what namespaces speak is typed, for views and children too", async (context) => {
  const { server, join } = await rig<ClientEvents, ServerEvents>(context);
  const users = server.of<ClientEvents, ServerEvents, DefaultEventMap, { user: string }>(/^\/users/);
  users.use((socket, next) => {
    socket.data.user = "ada";
    next();
  });
  const connected = nextSocket(users);
  const client = await join("/users");
  const socket = await connected;
  const [view] = await users.fetchSockets();
  const [fellow] = await socket.nsp.fetchSockets();
  assert.ok(view !== undefined && fellow !== undefined);
  const names: string[] = [view.data.user, fellow.data.user];
  assert.deepEqual(names, ["ada", "ada"]);
  // @ts-expect-error: the data has a user and nothing else
  assert.equal(view.data.name, undefined);
  // @ts-expect-error: no such event to the client
  view.emit("note", "x");
  assert.equal(await client.take(), '2/users,["note","x"]');
  const answer: Promise<string> = view.emitWithAck("ask", "why");
  await client.packet();
  await client.send('3/users,0["so"]');
  assert.equal(await within(answer, "the answer"), "so");
  users.on("new_namespace", (namespace) => assert.equal(typeof namespace.name, "string"));
});
