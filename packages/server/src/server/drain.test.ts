import assert from "node:assert/strict";
import { test } from "node:test";
import { rig, until, type WireClient, within } from "../wire-client.test.ts";
import { spread } from "./drain.ts";

/** Deadlines that come when the test says so. */
function clock(): {
  now: () => number;
  setDeadline: (ms: number, callback: () => void) => { cancel(): void };
  go(ms: number): void;
} {
  let time = 0;
  let due: { at: number; callback: () => void } | undefined;
  return {
    now: () => time,
    setDeadline: (ms, callback) => {
      due = { at: time + ms, callback };
      return { cancel: () => assert.fail("nothing is cancelled") };
    },
    go: (ms) => {
      const end = time + ms;
      for (let next = due; next !== undefined && next.at <= end; next = due) {
        due = undefined;
        time = next.at;
        next.callback();
      }
      time = end;
    },
  };
}

test("the ends are spread evenly over the time, the first at once, in no order", async () => {
  const items = Array.from({ length: 1000 }, (_, item) => item);
  const closed: number[] = [];
  const time = clock();
  const done = spread(items, 10_000, (item) => closed.push(item), time);
  assert.equal(closed.length, 1);
  let most = 0;
  for (let passed = 50; passed <= 10_000; passed += 50) {
    const before = closed.length;
    time.go(50);
    most = Math.max(most, closed.length - before);
    assert.ok(Math.abs(closed.length - passed / 10) <= 1, `${closed.length} after ${passed} ms`);
  }
  await done;
  assert.ok(most <= 6);
  assert.deepEqual(
    [...closed].sort((a, b) => a - b),
    items,
  );
  assert.notDeepEqual(closed, items);
});

test("with no time, or nobody there, it is over at once", async () => {
  const closed: number[] = [];
  await spread([1, 2, 3], 0, (item) => closed.push(item), clock());
  assert.deepEqual(closed.sort(), [1, 2, 3]);
  await spread([], 10_000, () => assert.fail("nobody is there"), clock());
});

test("a server that is drained admits nobody, sends everybody away and says why, and is empty then", async (context) => {
  const { server, origin, open, join } = await rig(context);
  const clients = [await join(), await join("/"), await open()];
  const reasons: string[] = [];
  for (const socket of server.sockets.sockets.values()) socket.on("disconnect", (reason) => reasons.push(reason));
  const drained = server.drain({ over: 60, reason: "a new version" });
  assert.equal(server.drain(), drained);
  const refused = await fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "5"]);
  await within(drained, "the drain");
  assert.deepEqual([server.engine.clientsCount, reasons], [0, ["server shutting down", "server shutting down"]]);
  for (const client of clients.slice(0, 2)) {
    const told = async (): Promise<unknown> => {
      for (;;) {
        const message = await client.take();
        if (String(message).startsWith("2")) return message;
      }
    };
    assert.equal(await told(), '2["server:drain",{"reason":"a new version"}]');
  }
  await Promise.all(clients.map((client: WireClient) => within(client.closed, "the end of a session")));
  assert.equal((await fetch(`${origin}/socket.io/?EIO=4&transport=polling`)).status, 503);
  await server.close();
});

test("a client that comes while the server thinks about it is refused when the drain has begun", async (context) => {
  let admit: ((message: null, allow: boolean) => void) | undefined;
  const { server, origin } = await rig(context, {
    allowRequest: (_request, answer) => {
      admit = answer;
    },
  });
  const asked = fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
  await until(() => admit !== undefined, "the question");
  await server.drain({ over: 0 });
  admit?.(null, true);
  assert.equal((await asked).status, 503);
});

test("an event that cannot be kept keeps nobody from being sent away", async (context) => {
  const store = {
    epoch: "e",
    head: 0,
    append: (): void => {
      throw new Error("full");
    },
    park: (_socket: unknown, released: () => void): void => released(),
    claim: () => undefined,
    missed: () => [],
  };
  const { server, join } = await rig(context, { connectionStateRecovery: { store } });
  const clients = [await join(), await join()];
  const errors: unknown[] = [];
  server.on("handler_error", ({ error }) => errors.push(error));
  await within(server.drain({ over: 60, reason: "a new version" }), "the drain");
  await Promise.all(clients.map(({ closed }) => within(closed, "the end of a session")));
  assert.deepEqual(errors.map(String), ["Error: full", "Error: full"]);
});

test("a time that is none is an error", async (context) => {
  const { server } = await rig(context);
  for (const over of [-1, Number.NaN, 2 ** 31]) assert.throws(() => server.drain({ over }), { code: "invalid_option" });
});
