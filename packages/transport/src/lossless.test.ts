import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Peer, serve, until } from "./harness.test.ts";
import { ModelClient, type Random, randomOf } from "./model-client.test.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import { TRANSPORT_NAMES, type TransportName } from "./transport.ts";

/** More schedules: `LOSSLESS_SEEDS=500 node --test packages/transport/dist/lossless.test.js`; one again: `LOSSLESS_SEED=7`. */
const ONE = process.env.LOSSLESS_SEED;
const SEEDS =
  ONE === undefined
    ? Array.from({ length: Number(process.env.LOSSLESS_SEEDS ?? 16) }, (_, index) => index + 1)
    : [Number(ONE)];
const STEPS = 60;

/** What escapes, separators and encodings have most to do with. U+001E itself cannot be in a message's text. */
const TEXTS = ["", "plain", '"quoted"\\n', "line\nfeed\r", "é€😀\u2028\u2029", "</script><!--", "\\", "x".repeat(3000)];

describe("a lossless session brings every message once and in order, both ways", () => {
  for (const seed of SEEDS) {
    it(`schedule ${seed}`, { timeout: 30_000 }, (context) => run(context, seed));
  }
});

async function run(context: TestContext, seed: number): Promise<void> {
  const random = randomOf(seed);
  const arrived: (string | Buffer)[] = [];
  const fixture = await serve(context, {
    jsonp: true,
    shortPollingInterval: 20,
    streamRecycleBytes: 8192,
    handler: () => ({ message: (data) => void arrived.push(data) }),
  });
  const client = new ModelClient(fixture.base, random);
  await client.open(pick(TRANSPORT_NAMES, random));
  const peer = await fixture.peers.take("the session");
  const up: (string | Buffer)[] = [];
  const down: (string | Buffer)[] = [];
  for (let step = 0; step < STEPS; step++) await act(client, peer, random, up, down, step);
  client.attach(pick<TransportName>(["polling", "streaming", "websocket", "sse"], random));
  const told = (): string =>
    `seed ${seed}: up ${arrived.length}/${up.length}, down ${client.received.length}/${down.length}, ${client.faults.join("; ")}`;
  await until(
    () => (arrived.length >= up.length && client.received.length >= down.length) || client.faults.length > 0,
    `all messages of seed ${seed}`,
  ).catch(() => assert.fail(told()));
  assert.deepEqual(client.faults, [], told());
  assert.deepEqual(arrived.map(String), up.map(String), `up, seed ${seed}`);
  assert.deepEqual(client.received.map(String), down.map(String), `down, seed ${seed}`);
  client.close();
  assert.equal((await peer.closed.take(`the end of seed ${seed}`)).reason, "transport close");
}

/** One thing that an application, a client or a network does. */
async function act(
  client: ModelClient,
  peer: Peer,
  random: Random,
  up: (string | Buffer)[],
  down: (string | Buffer)[],
  step: number,
): Promise<void> {
  const choice = random();
  if (choice < 0.3) {
    for (let count = random() * 8; count > 0; count--) sendDown(peer, random, down, step);
  } else if (choice < 0.55) {
    for (let count = random() * 6; count > 0; count--) {
      const wire = random() < 0.3 ? bytes(random) : `${step}:${pick(TEXTS, random)}`;
      up.push(wire);
      client.send(wire);
    }
  } else if (choice < 0.75) client.attach(pick(TRANSPORT_NAMES, random));
  else if (choice < 0.8) {
    client.cut();
    client.attach(pick(TRANSPORT_NAMES, random));
  } else if (choice < 0.84) {
    client.freeze();
    await sleep(2);
    client.attach(pick(TRANSPORT_NAMES, random));
  } else if (choice < 0.9) client.repeat();
  else if (choice < 0.93) client.probe();
  else if (choice < 0.96) {
    // An attach that comes too late, or twice: it gets nothing and takes nothing.
    const stale = await fetch(client.attachUrl("polling", Math.floor(random() * (client.servedTurn + 1)), 0));
    assert.equal(await stale.text(), "6");
  } else await sleep(random() * 6);
  if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
}

function sendDown(peer: Peer, random: Random, down: (string | Buffer)[], step: number): void {
  const text = `${step}:${pick(TEXTS, random)}`;
  const attachments = random() < 0.3 ? [bytes(random), bytes(random)] : [];
  down.push(text, ...attachments);
  assert.ok(peer.session.send(OutgoingPacket.message(text, attachments)));
}

function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)));
}

function pick<T>(values: readonly T[], random: Random): T {
  const value = values[Math.floor(random() * values.length)];
  assert.ok(value !== undefined);
  return value;
}
