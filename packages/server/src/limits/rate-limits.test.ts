import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerOptions } from "../runtime/server-options.ts";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { type RateLimits, resolveRateLimits } from "./rate-limits.ts";

/** A limiter whose clock stands until it is moved. */
function limiterOf(limits: RateLimits): { limiter: RateLimiter; go: (ms: number) => void; due: ReadonlySet<unknown> } {
  let time = 0;
  const due = new Set<{ at: number; callback: () => void }>();
  const setDeadline = (ms: number, callback: () => void): { cancel(): void } => {
    const entry = { at: time + ms, callback };
    due.add(entry);
    return { cancel: () => due.delete(entry) };
  };
  const resolved = resolveRateLimits(limits);
  assert.ok(resolved !== undefined);
  const go = (ms: number): void => {
    time += ms;
    for (const entry of [...due].filter(({ at }) => at <= time)) if (due.delete(entry)) entry.callback();
  };
  return { limiter: new RateLimiter(resolved, setDeadline, () => time), go, due };
}

test("a connection has its rate and its burst, in all namespaces together", () => {
  const { limiter, go } = limiterOf({ connection: { rate: 10, burst: 2 } });
  const gate = limiter.open("1.2.3.4");
  assert.deepEqual([gate.event("/", "a"), gate.event("/x", "b"), gate.event("/", "a")], [undefined, undefined, 100]);
  assert.equal(gate.attempt(), 100);
  go(100);
  assert.deepEqual([gate.attempt(), gate.event("/", "a")], [undefined, 100]);
  assert.equal(limiter.open("1.2.3.4").event("/", "a"), undefined);
  assert.deepEqual(limiter.counters, { connection: 3, address: 0, event: 0, disconnected: 0 });
});

test("an event has a rate of its own for each socket, and its refusals are nobody else's", () => {
  const { limiter } = limiterOf({ connection: { rate: 1, burst: 3 }, events: { say: { rate: 0.5 } } });
  const gate = limiter.open("1.2.3.4");
  assert.deepEqual([gate.event("/", "say"), gate.event("/", "say"), gate.event("/", "say")], [undefined, 2000, 2000]);
  assert.deepEqual(
    [gate.event("/x", "say"), gate.event("/", "other"), gate.event("/", "other")],
    [undefined, undefined, 1000],
  );
  assert.deepEqual([gate.event("/", "__proto__"), gate.event("/", 5)], [1000, 1000]);
  assert.deepEqual(limiter.counters, { connection: 3, address: 0, event: 2, disconnected: 0 });
});

test("an address has its rate over all connections, and coming back does not help", () => {
  const { limiter, go } = limiterOf({ address: { rate: 1, burst: 2 } });
  const one = limiter.open("2001:db8:0:1::1");
  const two = limiter.open("2001:db8::1:0:0:0:2");
  assert.deepEqual([one.attempt(), two.attempt(), one.attempt()], [undefined, undefined, 1000]);
  assert.equal(limiter.open("2001:db8:0:2::1").attempt(), undefined);
  one.close();
  two.close();
  const back = limiter.open("2001:db8:0:1::3");
  assert.equal(back.attempt(), 1000);
  go(2000);
  assert.equal(limiter.size, 2);
  back.close();
  go(2000);
  assert.equal(limiter.size, 1);
});

test("an address that came back in between is remembered for as long as one that did not", () => {
  const { limiter, go, due } = limiterOf({ address: { rate: 1, burst: 2 } });
  limiter.open("1.2.3.4").close();
  go(1500);
  const back = limiter.open("1.2.3.4");
  assert.deepEqual([back.attempt(), back.attempt(), back.attempt()], [undefined, undefined, 1000]);
  back.close();
  for (let time = 0; time < 100; time++) limiter.open("1.2.3.4").close();
  assert.equal(due.size, 1);
  go(500);
  assert.equal(limiter.open("1.2.3.4").attempt(), 500);
});

test("who is refused too often in a row is to be sent away", () => {
  const { limiter, go } = limiterOf({ connection: { rate: 1, burst: 1 }, disconnectAfter: 2 });
  const gate = limiter.open("");
  gate.attempt();
  gate.attempt();
  assert.equal(gate.exhausted, false);
  go(1000);
  gate.attempt();
  gate.attempt();
  assert.equal(gate.exhausted, false);
  gate.attempt();
  assert.equal(gate.exhausted, true);
});

test("limits that mean nothing are errors", async (context) => {
  const wrong: readonly object[] = [
    { connection: { rate: 0 } },
    { connection: { rate: Number.POSITIVE_INFINITY } },
    { address: { rate: 1, burst: 0 } },
    { events: { say: { rate: -1 } } },
    { events: { say: { rate: "5" } } },
    { connections: { rate: 1 } },
    { disconnectAfter: 0 },
  ];
  for (const rateLimits of wrong) await assert.rejects(rig(context, { rateLimits }), { name: "ServerError" });
  assert.equal(resolveRateLimits(undefined), undefined);
});

const LIMITS: Partial<ServerOptions> = {
  rateLimits: { connection: { rate: 0.001, burst: 3 }, events: { say: { rate: 0.001 } }, disconnectAfter: 4 },
};

test("a refused event is acknowledged with the reason and a time, and nobody hears it", async (context) => {
  const { server, join } = await rig(context, LIMITS);
  const connected = nextSocket(server);
  const heard: unknown[] = [];
  const client = await join();
  const socket = await connected;
  socket.onAny((name) => heard.push(name));
  socket.use(([name], next) => {
    heard.push(`use ${name}`);
    next();
  });
  socket.on("say", (_text, answer) => answer("said"));
  await client.send('20["say","a"]', '21["say","b"]', '2["say","c"]', '22["other"]', '23["other"]');
  assert.equal(await client.take(), '30["said"]');
  const [type, refusal] = await client.packet();
  assert.equal(type, "31");
  const text = JSON.stringify(refusal);
  assert.match(
    text,
    /^\[\{"error":\{"code":"rate_limited","message":"too many events","retry":true,"data":\{"retryAfter":\d{6,7}\}\}\}\]$/,
  );
  const [last] = await client.packet();
  assert.equal(last, "33");
  assert.deepEqual(heard, ["say", "use say", "other", "use other"]);
  assert.deepEqual(server.rateCounters, { connection: 1, address: 0, event: 2, disconnected: 0 });
});

test("an attempt to connect counts, and who goes on and on is disconnected", async (context) => {
  const { server, join } = await rig(context, LIMITS);
  const ended = new Promise((resolve) =>
    server.on("connection", (socket) => socket.on("disconnect", (...args) => resolve(args))),
  );
  server.of("/x").on("connection", (socket) => socket.disconnect());
  const client = await join();
  await client.send("0/x,", "0/x,");
  await until(() => client.unread.length >= 4, "the answers");
  await client.send("0/x,");
  const messages: unknown[] = [];
  for (let i = 0; i < 5; i++) messages.push(String(await client.take()).replace(/"sid":"[^"]+"/, ""));
  assert.deepEqual(messages, ["0/x,{}", "1/x,", "0/x,{}", "1/x,", '4/x,{"message":"Too many events"}']);
  await client.send('2["e"]', '2["e"]', '2["e"]');
  assert.deepEqual(await within(ended, "the disconnect"), ["forced close", "too many events"]);
  assert.equal(server.rateCounters?.disconnected, 1);
});

test("without the option nothing is counted", async (context) => {
  const { server } = await rig(context);
  assert.equal(server.rateCounters, undefined);
});
