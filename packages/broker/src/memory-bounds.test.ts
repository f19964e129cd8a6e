import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppendRequest } from "./log-record.ts";
import { MemoryBus } from "./memory-bus.ts";
import { MemoryHub } from "./memory-hub.ts";
import { MemoryLog } from "./memory-log.ts";
import { MemoryMembership } from "./memory-membership.ts";
import { MemoryPresence } from "./memory-presence.ts";
import { assertFails } from "./suites/suite.ts";

function record(topic: string, size = 1): AppendRequest {
  return { topic, id: "", contentType: "", headers: {}, data: new Uint8Array(size) };
}

test("a memory log keeps 1000 records of a topic unless told otherwise", async () => {
  const log = new MemoryLog();
  for (let count = 0; count < 1010; count += 1) await log.append(record("t"));
  assert.equal((await log.read("t", { limit: 1 })).first, 11);
});

test("a memory log refuses a topic too many and goes on with the others", async () => {
  const log = new MemoryLog({ maxTopics: 2 });
  await log.append(record("a"));
  await log.append(record("b"));
  await assertFails(log.append(record("c")), "too_many_topics");
  assert.equal((await log.append(record("b"))).position.offset, 2);
});

test("a memory log over its total takes the oldest records of the topic that was idle longest", async () => {
  const log = new MemoryLog({ maxTotalBytes: 1000 });
  for (const topic of ["idle", "idle", "idle", "old", "busy"]) await log.append(record(topic, 200));
  await log.append(record("busy", 300));
  const firsts = await Promise.all(
    ["idle", "old", "busy"].map(async (topic) => (await log.read(topic, { limit: 1 })).first),
  );
  assert.deepEqual(firsts, [3, 1, 1]);
  await log.append(record("busy", 400));
  const page = await log.read("idle", { limit: 9 });
  assert.deepEqual([page.first, page.head, page.records.length], [4, 3, 0]);
});

test("a trimmed record is no longer referenced when most of a topic is gone", async () => {
  const log = new MemoryLog({ retention: { maxRecords: 3 } });
  for (let count = 0; count < 100; count += 1) await log.append(record("t"));
  const page = await log.read("t", { limit: 10 });
  assert.deepEqual(
    page.records.map(({ offset }) => offset),
    [98, 99, 100],
  );
});

test("a bus whose subscriber falls behind refuses the publisher and delivers what it took", async () => {
  const hub = new MemoryHub();
  const a = new MemoryBus({ node: "a", hub });
  const b = new MemoryBus({ node: "b", hub, maxQueued: 2 });
  let seen = 0;
  await b.subscribe("t", () => {
    seen += 1;
  });
  const sent = await Promise.allSettled([1, 2, 3].map(() => a.publish("t", new Uint8Array())));
  assert.deepEqual(
    sent.map((result) => result.status),
    ["fulfilled", "fulfilled", "rejected"],
  );
  assert.equal(seen, 2);
});

test("a bus bounds its messages, its waiting requests and its names", async () => {
  const hub = new MemoryHub();
  const a = new MemoryBus({ node: "a", hub, maxMessageBytes: 10, maxPending: 1 });
  assert.throws(() => new MemoryBus({ node: "a", hub }), /node_in_use/);
  a.serve(() => new Promise(() => undefined));
  await assertFails(a.publish("t", new Uint8Array(11)), "message_too_large");
  const waiting = assertFails(a.request("a", new Uint8Array()), "bus_closed");
  await assertFails(a.request("a", new Uint8Array()), "queue_full");
  await a.close();
  await waiting;
});

test("presence and membership bound their members", async () => {
  const presence = new MemoryPresence({ maxMembers: 1, maxTopics: 1 });
  const data = new Uint8Array();
  await presence.enter("t", { id: "a", data }, 1000);
  await presence.enter("t", { id: "a", data }, 1000);
  await assertFails(presence.enter("t", { id: "b", data }, 1000), "too_many_members");
  await assertFails(presence.enter("other", { id: "a", data }, 1000), "too_many_topics");
  await presence.close();
  const membership = new MemoryMembership({ maxNodes: 1 });
  await membership.join({ id: "a", addresses: [] }, 1000);
  await assertFails(membership.join({ id: "b", addresses: [] }, 1000), "too_many_members");
  await membership.close();
});
