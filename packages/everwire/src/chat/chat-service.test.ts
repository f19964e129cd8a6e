import assert from "node:assert/strict";
import type { Server as HttpServer } from "node:http";
import { after, before, test } from "node:test";
import { MemoryLog } from "@everwire/broker";
import { type DefaultEventMap, Server } from "@everwire/server";
import { createHttpServer } from "../http-server.ts";
import { authority, listen } from "../listen.ts";
import { type Fields, fields, PollingClient } from "../polling-client.test.ts";
import type { ChatClientEvents, ChatServerEvents } from "./chat-events.ts";
import { memberId } from "./chat-member.ts";
import { ChatService } from "./chat-service.ts";

let http: HttpServer;
let server: Server;
let chat: ChatService;
let origin = "";
let clients: PollingClient[] = [];
let count = 0;

before(async () => {
  http = createHttpServer();
  server = new Server(http);
  chat = await ChatService.open(
    server.of<ChatClientEvents, ChatServerEvents, DefaultEventMap, object>("/chat"),
    new MemoryLog(),
  );
  origin = `http://${authority(await listen(http, { host: "127.0.0.1", port: 0 }))}`;
});
after(async () => {
  for (const client of clients) client.vanish();
  chat.close();
  const closed = server.close();
  http.closeAllConnections();
  await closed;
});

async function connect(auth: unknown): Promise<[PollingClient, Fields]> {
  const [client, { type, data }] = await PollingClient.connect(origin, "/chat", auth);
  clients = [...clients, client];
  return [client, { refused: type === "4", ...fields(data) }];
}

/** Connects somebody nobody has seen before and subscribes to the room. */
async function join(room: string, name?: string): Promise<[PollingClient, string, Fields]> {
  count += 1;
  const client = String(count).padStart(32, "c");
  const [page, answer] = await connect({ client, name: name ?? `Person ${count}` });
  assert.equal(answer.refused, false, JSON.stringify(answer));
  return [page, client, await page.call("channel:subscribe", { channel: `room:${room}` })];
}

function codeOf(answer: Fields): unknown {
  return answer.ok === false ? fields(answer.error).code : "accepted";
}

test("names that are no names are refused by a connect error with a code", async () => {
  const client = "n".repeat(32);
  const rows: [unknown, string][] = [
    [{ client, name: "" }, "name_empty"],
    [{ client, name: "  " }, "name_empty"],
    [{ client, name: "x".repeat(33) }, "name_too_long"],
    [{ client, name: "x".repeat(10_000) }, "name_too_long"],
    [{ client, name: "a\u0007b" }, "name_invalid"],
    [{ client, name: "a\u202eb" }, "name_invalid"],
    [{ client }, "name_invalid"],
    [{ name: "Ada" }, "client_invalid"],
    [{ client: "x", name: "Ada" }, "client_invalid"],
    [{}, "client_invalid"],
  ];
  for (const [auth, code] of rows) {
    const [, answer] = await connect(auth);
    assert.equal(answer.refused, true);
    assert.equal(fields(answer.data).code, code, JSON.stringify(auth));
    assert.equal(typeof answer.message, "string");
  }
});

test("names of Object.prototype and markup are names", async () => {
  for (const name of ["__proto__", "constructor", "<img src=x onerror=alert(1)>"]) {
    const [page] = await join("names", name);
    await page.call("channel:publish", { channel: "room:names", id: "a", data: { text: "hello" } });
    const { record } = await page.event("channel:record");
    assert.deepEqual(fields(record).data, { name, text: "hello" });
  }
});

test("a name is taken for others, in any case, and not for its owner, also after leaving", async () => {
  const auth = { client: "a".repeat(32), name: "Straße" };
  const [first] = await connect(auth);
  for (const name of ["Straße", "STRASSE", " ｓtraße "]) {
    const [, answer] = await connect({ client: "b".repeat(32), name });
    assert.deepEqual(answer.data, { code: "name_taken", retry: true });
  }
  assert.equal((await connect(auth))[1].refused, false, "a second page of the same client");
  await first.close();
  assert.equal((await connect({ client: "b".repeat(32), name: "strasse" }))[1].refused, true);
});

test("a message is stored as text under the name that the server knows", async () => {
  const [ada, client] = await join("texts", "Ada");
  const [eve] = await join("texts");
  const text = "<img src=x onerror=alert(1)> javascript:alert(1)\n\u202ertl";
  const data = { text: ` ${text}\n`, name: "Somebody else", more: 1 };
  const published = await ada.call("channel:publish", { channel: "room:texts", id: "a", data });
  assert.equal(published.ok, true);
  const event = await eve.event("channel:record");
  const record = fields(event.record);
  assert.deepEqual(record.data, { name: "Ada", text });
  assert.equal(record.publisher, memberId(client));
  assert.ok(!JSON.stringify(event).includes(client), "the client id stays secret");
});

test("texts that are no texts are refused with a code and not stored", async () => {
  const [ada] = await join("refusals");
  const rows: [unknown, string][] = [
    [{ text: "" }, "text_empty"],
    [{ text: " \n " }, "text_empty"],
    [{ text: "x".repeat(4001) }, "text_too_long"],
    [{ text: "x".repeat(60_000) }, "text_too_long"],
    [{ text: "a\u0000b" }, "text_invalid"],
    [{ text: "a\u001b[2J" }, "text_invalid"],
    [{ text: 7 }, "text_invalid"],
    [{}, "text_invalid"],
    ["text", "text_invalid"],
    [null, "text_invalid"],
  ];
  for (const [index, [data, code]] of rows.entries()) {
    const answer = await ada.call("channel:publish", { channel: "room:refusals", id: `r${index}`, data });
    assert.equal(codeOf(answer), code, JSON.stringify(data).slice(0, 40));
  }
  const large = { channel: "room:refusals", id: "large", data: { text: "x".repeat(990_000) } };
  assert.match(String(codeOf(await ada.call("channel:publish", large))), /^(text_too_long|record_too_large)$/);
  const kept = await ada.call("channel:publish", { channel: "room:refusals", id: "last", data: { text: "hello" } });
  assert.equal(kept.offset, 1);
});

test("only rooms are channels of the chat", async () => {
  const [ada] = await join("rules");
  for (const channel of ["other", "room:Rules", "room:a/b", "room:", `room:${"x".repeat(41)}`]) {
    assert.equal(codeOf(await ada.call("channel:subscribe", { channel })), "forbidden", channel);
    const publish = { channel, id: "a", data: { text: "x" } };
    assert.equal(codeOf(await ada.call("channel:publish", publish)), "forbidden", channel);
  }
});

test("presence and typing say what the server knows", async () => {
  const [ada, client] = await join("presence", "Grace");
  const [eve] = await join("presence");
  const data = { name: "Somebody else", transport: "websocket" };
  assert.equal((await ada.call("channel:enter", { channel: "room:presence", data })).ok, true);
  const entered = await eve.event("channel:presence");
  const member = { id: memberId(client), data: { name: "Grace", transport: "polling" } };
  assert.deepEqual(entered, { channel: "room:presence", change: "enter", member });
  await ada.emit("channel:signal", { channel: "room:presence", data: { typing: true, more: "x" } });
  const signal = await eve.event("channel:signal");
  assert.deepEqual([signal.from, signal.data], [memberId(client), { typing: true }]);
});

test("rooms are listed, and everybody hears when one appears and when it moves", async () => {
  const [eve] = await join("lobby");
  const heard = async (name: string, offset: number): Promise<void> => {
    for (;;) {
      const change = await eve.event("chat:room");
      if (change.name === name && change.offset === offset) return;
    }
  };
  const [ada] = await join("news");
  await heard("news", 0);
  for (const id of ["a", "b", "c"]) {
    await ada.call("channel:publish", { channel: "room:news", id, data: { text: "hello" } });
  }
  await heard("news", 3);
  await ada.call("channel:enter", { channel: "room:news", data: {} });
  const { rooms } = await eve.call("chat:rooms");
  assert.ok(Array.isArray(rooms));
  assert.equal(fields(rooms[0]).name, "lobby");
  assert.deepEqual(
    rooms.find((room) => fields(room).name === "news"),
    { name: "news", offset: 3, members: 1 },
  );
});

test("broken calls are survived", async () => {
  const [ada] = await join("broken");
  for (const args of [[], [null], [7], [[]], ["x"], [{ channel: 7 }]]) {
    for (const event of ["channel:enter", "channel:signal", "chat:rooms"]) await ada.emit(event, ...args);
  }
  assert.equal((await ada.call("chat:rooms")).ok, true);
});
