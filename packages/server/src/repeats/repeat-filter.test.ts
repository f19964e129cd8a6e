import assert from "node:assert/strict";
import { test } from "node:test";
import { rig, until, type WireClient } from "../wire-client.test.ts";
import { type Answer, type Marked, RepeatFilter } from "./repeat-filter.ts";

const KEY = "1234567890-1234567890-1234567890-12345";

function served(result: Marked | "repeated" | undefined): Marked {
  assert.ok(typeof result === "object");
  return result;
}

const SOCKET = {};

/** An answer that notes what was said, and how much it was. */
function noting(said: unknown[], bytes = 10): Answer {
  return (...answer) => {
    said.push(answer);
    return bytes;
  };
}

test("a repeated event is served once, and answered each time as it was", () => {
  const filter = new RepeatFilter();
  const [first, second, third]: [unknown[], unknown[], unknown[]] = [[], [], []];
  const { args, acknowledge } = served(filter.take(SOCKET, "/", ["e", 1, `${KEY}:1`], noting(first)));
  assert.deepEqual(args, ["e", 1]);
  assert.equal(filter.take(SOCKET, "/", ["e", 1, `${KEY}:1`], noting(second)), "repeated");
  acknowledge("yes", 2);
  acknowledge("no");
  assert.deepEqual([first, second], [[], [["yes", 2]]]);
  assert.equal(filter.take(SOCKET, "/", ["e", 1, `${KEY}:1`], noting(third)), "repeated");
  assert.deepEqual(third, [["yes", 2]]);
});

test("the next event is new, an older one is nothing, and namespaces do not mix", () => {
  const filter = new RepeatFilter();
  const said: unknown[] = [];
  served(filter.take(SOCKET, "/", ["e", `${KEY}:1`], noting(said)));
  const { args } = served(filter.take(SOCKET, "/", ["e", `${KEY}:2`], noting(said)));
  assert.deepEqual(args, ["e"]);
  assert.equal(filter.take(SOCKET, "/", ["e", `${KEY}:1`], noting(said)), "repeated");
  served(filter.take(SOCKET, "/x", ["e", `${KEY}:1`], noting(said)));
  assert.deepEqual(said, []);
});

test("an answer that cannot be encoded may be given again", () => {
  const filter = new RepeatFilter();
  const said: unknown[] = [];
  const { acknowledge } = served(
    filter.take(SOCKET, "/", ["e", `${KEY}:1`], (...answer) => {
      if (answer[0] === 1n) throw new TypeError("a bigint");
      said.push(answer);
      return 1;
    }),
  );
  assert.throws(() => acknowledge(1n));
  acknowledge(1);
  assert.deepEqual(said, [[1]]);
});

for (const text of [
  "1-2-3-4:5",
  "192-168-100-200:8080",
  `${KEY}:0`,
  `${KEY}:01`,
  `${KEY}:`,
  `${KEY}:1 `,
  `x${KEY}:1`,
  `${KEY}-1:1`,
  `${KEY.replaceAll("-", "")}:1`,
  `${KEY}1234567890:1`,
  `${KEY}:${"9".repeat(16)}`,
  "",
]) {
  test(`what is no mark is an argument like any other: ${JSON.stringify(text)}`, () => {
    assert.equal(
      new RepeatFilter().take(SOCKET, "/", ["e", text], () => 0),
      undefined,
    );
  });
}

test("what is remembered is bounded by number and by bytes, the longest silent goes first", () => {
  const keys = ["1", "2", "3"].map((digit) => KEY.replace("12345", `${digit}2345`).replace(/^1/, digit));
  const few = new RepeatFilter(2);
  for (const key of [keys[0], keys[1], keys[0], keys[2]]) few.take({}, "/", ["e", `${key}:1`], () => 0);
  assert.equal(few.size, 2);
  assert.equal(
    few.take({}, "/", ["e", `${keys[0]}:1`], () => 0),
    "repeated",
  );
  served(few.take({}, "/", ["e", `${keys[1]}:1`], () => 0));
  const small = new RepeatFilter(10, 1600);
  for (const key of keys) served(small.take({}, "/", ["e", `${key}:1`], () => 500)).acknowledge();
  assert.equal(small.size, 1);
});

test("a socket that draws a new key for each event pushes nobody out", () => {
  const filter = new RepeatFilter(10);
  served(filter.take({}, "/", ["e", `${KEY}:1`], () => 0)).acknowledge();
  for (let digit = 20; digit < 99; digit++) {
    served(
      filter.take(SOCKET, "/", ["e", `${KEY.replace("12345", `${digit}345`).replace(/^12/, `${digit}`)}:1`], () => 0),
    );
  }
  assert.equal(filter.size, 2);
  assert.equal(
    filter.take({}, "/", ["e", `${KEY}:1`], () => 0),
    "repeated",
  );
});

/** What an Everwire client sends and gets, over polls of its own. */
async function everwireClient(
  origin: string,
): Promise<{ send(text: string): Promise<void>; received(): Promise<string[]> }> {
  const url = `${origin}/socket.io/?EIO=4&everwire=1&transport=polling`;
  const sid = /"sid":"([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
  let number = 0;
  return {
    send: async (text) => {
      number += 1;
      await fetch(`${url}&sid=${sid}`, { method: "POST", body: `8${number}\x1e4${text}` });
    },
    received: async () => {
      const answer = await (await fetch(`${url}&sid=${sid}&turn=1&ack=0`)).text();
      return answer.split("\x1e").filter((packet) => packet.startsWith("4"));
    },
  };
}

test("an event that comes again over the next session is served once, and answered there", async (context) => {
  const { server, origin } = await rig(context);
  const heard: unknown[] = [];
  let answer: ((text: string) => void) | undefined;
  server.on("connection", (socket) =>
    socket.on("e", (...args) => {
      answer = args.at(-1);
      heard.push(args.slice(0, -1));
    }),
  );
  const lost = await everwireClient(origin);
  await lost.send("0");
  await lost.send(`21["e","x","${KEY}:1"]`);
  await until(() => answer !== undefined, "the event");
  const next = await everwireClient(origin);
  await next.send("0");
  await next.send(`27["e","x","${KEY}:1"]`);
  answer?.("done");
  const [connected, acknowledged] = await next.received();
  assert.match(String(connected), /^40\{"sid":"[\w-]+","retries":true\}$/);
  assert.equal(acknowledged, '437["done"]');
  assert.deepEqual(heard, [["x"]]);
});

test("clients that know nothing of marks keep their arguments, whatever they look like", async (context) => {
  const { server, join } = await rig(context);
  const heard: unknown[] = [];
  server.on("connection", (socket) => socket.on("e", (...args) => heard.push(args[0])));
  const client: WireClient = await join();
  await client.send(`21["e","${KEY}:1"]`, `22["e","${KEY}:1"]`);
  await until(() => heard.length === 2, "both events");
  assert.deepEqual(heard, [`${KEY}:1`, `${KEY}:1`]);
});
