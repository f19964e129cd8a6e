import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EventRefused } from "@everwire/protocol/contract";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, rig, within } from "../wire-client.test.ts";
import { Credentials, type CredentialsHost } from "./credentials.ts";

const START = 1_700_000_000_000;

interface Stage {
  readonly credentials: Credentials;
  readonly log: unknown[];
  /** Moves the wall clock, and the timers with it. */
  go(ms: number): void;
}

function stage(context: TestContext, host: Partial<CredentialsHost> = {}): Stage {
  let time = START;
  context.mock.method(Date, "now", () => time);
  const due = new Set<{ readonly at: number; readonly callback: () => void }>();
  const log: unknown[] = [];
  const credentials = new Credentials({
    setDeadline: (ms, callback) => {
      assert.ok(ms >= 1 && ms < 2 ** 31, String(ms));
      const entry = { at: time + ms, callback };
      due.add(entry);
      return { cancel: () => due.delete(entry) };
    },
    renewBefore: 1000,
    timeout: 500,
    judge: () => START + 60_000,
    tell: (event, data) => log.push([event, data]),
    accept: (auth) => log.push(["accept", auth]),
    disconnect: () => log.push("disconnect"),
    failed: (error) => log.push(["failed", error]),
    ...host,
  });
  const go = (ms: number): void => {
    const end = time + ms;
    for (;;) {
      const [next] = [...due].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      due.delete(next);
      time = Math.max(time, next.at);
      next.callback();
    }
    time = end;
  };
  return { credentials, log, go };
}

test("a socket that went in the moment in which it connected is not waited for", (context) => {
  const { credentials, log, go } = stage(context);
  credentials.set(START + 5000);
  credentials.end();
  credentials.begin();
  go(10_000);
  assert.deepEqual(log, []);
});

test("the client is asked in time, told at the end, and disconnected", (context) => {
  const { credentials, log, go } = stage(context);
  const expires = START + 5000;
  credentials.set(new Date(expires));
  go(4500);
  assert.deepEqual(log, []);
  credentials.begin();
  assert.deepEqual(log.splice(0), [["auth:renew", { expires }]]);
  go(499);
  assert.deepEqual(log, []);
  go(1);
  assert.deepEqual(log, [["auth:expired", { expires }], "disconnect"]);
});

test("nobody is asked where nothing can be renewed", (context) => {
  const { credentials, log, go } = stage(context, { judge: undefined });
  credentials.begin();
  credentials.set(START + 5000);
  go(4999);
  assert.deepEqual(log, []);
  go(1);
  assert.equal(log.at(-1), "disconnect");
});

test("a later end puts it off, none at all ends the wait, and the end of the socket too", (context) => {
  const { credentials, log, go } = stage(context);
  credentials.begin();
  credentials.set(START + 2000);
  credentials.set(START + 100_000_000_000);
  go(50_000_000_000);
  credentials.set(undefined);
  go(60_000_000_000);
  credentials.set(START + 200_000_000_000);
  credentials.end();
  go(200_000_000_000);
  assert.deepEqual(log, []);
});

test("new credentials are judged, and hold as long as the judge says", async (context) => {
  const { credentials, log, go } = stage(context);
  credentials.begin();
  credentials.set(START + 1500);
  go(600);
  const answers: unknown[] = [];
  await credentials.renew({ token: "new" }, (answer) => answers.push(answer));
  assert.deepEqual(answers, [{ expires: START + 60_000 }]);
  assert.deepEqual(log.splice(0), [
    ["auth:renew", { expires: START + 1500 }],
    ["accept", { token: "new" }],
  ]);
  go(57_000);
  assert.deepEqual(log, []);
  go(1400);
  assert.deepEqual(log, [["auth:renew", { expires: START + 60_000 }]]);
});

const REFUSED: readonly (readonly [
  what: string,
  judge: () => unknown,
  auth: unknown,
  error: object,
  reported: boolean,
])[] = [
  ["false", () => false, {}, { code: "renewal_refused", message: "the credentials were refused", retry: false }, false],
  [
    "nonsense",
    () => "tomorrow",
    {},
    { code: "renewal_refused", message: "the credentials were refused", retry: false },
    false,
  ],
  [
    "a refusal of its own",
    () => {
      throw new EventRefused("banned", "go away", { data: { until: 5 } });
    },
    {},
    { code: "banned", message: "go away", retry: false, data: { until: 5 } },
    false,
  ],
  [
    "a fault",
    () => Promise.reject(new Error("database down")),
    {},
    { code: "renewal_failed", message: "the credentials could not be judged", retry: true },
    true,
  ],
  [
    "a text from the client",
    () => START,
    "token",
    { code: "renewal_refused", message: "the credentials were refused", retry: false },
    false,
  ],
];

for (const [what, judge, auth, error, reported] of REFUSED) {
  test(`a refusal changes nothing: ${what}`, async (context) => {
    const { credentials, log } = stage(context, { judge });
    credentials.begin();
    credentials.set(START + 5000);
    const answers: unknown[] = [];
    await credentials.renew(auth, (answer) => answers.push(answer));
    assert.deepEqual(answers, [{ error }]);
    assert.equal(credentials.expires, START + 5000);
    assert.deepEqual(log.length, reported ? 1 : 0);
  });
}

test("a judge that never answers is given up, and judges one at a time", async (context) => {
  const { credentials, go } = stage(context, { judge: () => new Promise(() => {}) });
  credentials.begin();
  const answers: unknown[] = [];
  const first = credentials.renew({}, (answer) => answers.push(answer));
  await credentials.renew({}, (answer) => answers.push(answer));
  go(500);
  await first;
  assert.deepEqual(
    answers.map((answer) => JSON.stringify(answer).replace(/.*"code":"([a-z_]+)".*/, "$1")),
    ["renewal_pending", "renewal_failed"],
  );
});

test("an expiry that is no time is an error", (context) => {
  const { credentials } = stage(context);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN)]) {
    assert.throws(() => credentials.set(wrong), RangeError);
  }
});

test("a client renews on the live connection, and the next one that does not is disconnected", async (context) => {
  const { server, open } = await rig(context, { renewBefore: 2 ** 31 - 1 });
  const soon = (): number => Date.now() + 3_600_000;
  server.use((socket, next) => {
    socket.expiresAt(soon());
    next();
  });
  server.renewal((socket, auth) => {
    socket.data.renewed = auth.token;
    return auth.token === "short" ? Date.now() + 20 : soon();
  });
  const connected = nextSocket<Socket>(server);
  const client = await open();
  await client.connect("/", { token: "first" });
  const socket = await connected;
  assert.equal((await client.packet())[1]?.toString().split(",")[0], "auth:renew");
  await client.send('21["auth:renew",{"token":"second"}]');
  // The client is asked again for what ends within the time, and that may come first.
  const answers = [await client.packet(), await client.packet()];
  const [, answer] = answers.find(([type]) => type === "31") ?? [];
  assert.match(JSON.stringify(answer), /^\[\{"expires":\d+\}\]$/);
  assert.deepEqual([socket.data.renewed, socket.handshake.auth], ["second", { token: "second" }]);
  const gone = new Promise((resolve) => socket.on("disconnect", resolve));
  await client.send('22["auth:renew",{"token":"short"}]');
  assert.equal(await within(gone, "the end"), "server namespace disconnect");
  const rest: string[] = [];
  while (rest.at(-1) !== "1") rest.push(String(await client.take()));
  assert.match(rest.at(-2) ?? "", /^2\["auth:expired",\{"expires":\d+\}\]$/);
});

test("namespaces that parents made judge as their parent does, and as themselves if they say so", async (context) => {
  const { server, open } = await rig(context);
  const parent = server.of(/^\/t/).renewal(() => Date.now() + 1_000_000);
  parent.on("new_namespace", () => assert.fail("only the main one tells"));
  server.on("new_namespace", (namespace) => {
    if (namespace.name === "/t2") namespace.renewal(() => false);
  });
  const client = await open();
  for (const [name, expected] of [
    ["/t1", /"expires"/],
    ["/t2", /renewal_refused/],
  ] as const) {
    await client.connect(name);
    await client.send(`2${name},1["auth:renew",{}]`);
    assert.match(String(await client.take()), expected);
  }
});

test("credentials go with a socket that is recovered, and one whose have ended is not", async (context) => {
  const { server, origin, open } = await rig(context, { connectionStateRecovery: true });
  const times = [Date.now() + 3_600_000, Date.now() - 1];
  for (const expires of times) {
    const connected = nextSocket<Socket>(server);
    const client = await open();
    await client.send("0{}");
    const [, joined] = await client.packet();
    const { pid } = joined as { pid: string };
    const socket = await connected;
    // Its end is noticed by a timer, so the connection breaks first.
    socket.expiresAt(expires);
    await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
    const back = nextSocket<Socket>(server);
    const again = await open();
    await again.send(JSON.stringify({ pid }).replace(/^/, "0"));
    const { recovered, expires: kept } = await back;
    assert.deepEqual([recovered, kept], expires === times[0] ? [true, expires] : [false, undefined]);
  }
});
