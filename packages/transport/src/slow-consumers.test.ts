import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { DeadlineWheel, deadlines } from "@everwire/websocket";
import { PollCarrier } from "./carriers/poll-carrier.ts";
import {
  closeOf,
  type Fixture,
  openWebSocket,
  type Peer,
  serve,
  until,
  upgradeRequest,
  type Wire,
  within,
} from "./harness.test.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import { SendQueue } from "./packet/send-queue.ts";
import { EngineSession } from "./session/session.ts";
import { PollingTransport } from "./stock/polling-transport.ts";

const LIMIT = 512 * 1024;
/** One filling of a socket and a packet, or one poll's answer. */
const IN_HAND = 1_100_000;
const PACKET = OutgoingPacket.message("x".repeat(60_000));

interface Reader {
  readonly name: string;
  readonly query: string;
  readonly upgrade?: true;
  /** A request of the open session that is not read either. */
  readonly poll?: string;
  /** False where the client is away and the clock of its packets stands still. */
  readonly listening: boolean;
}

const ORIGIN = "&origin=http://127.0.0.1:PORT";

/** Clients that open a session and then read nothing, or ask for nothing. */
const READERS: readonly Reader[] = [
  { name: "websocket, stock", query: "transport=websocket", upgrade: true, listening: true },
  { name: "polling, stock, without a poll", query: "transport=polling", listening: false },
  { name: "polling, stock, an answer not read", query: "transport=polling", poll: "", listening: true },
  { name: "polling, stock, as JSONP", query: "transport=polling&j=0", listening: false },
  { name: "websocket, Everwire", query: "everwire=1&transport=websocket", upgrade: true, listening: true },
  { name: "streaming", query: "everwire=1&transport=streaming", listening: true },
  { name: "sse", query: "everwire=1&transport=sse", listening: true },
  { name: "iframe", query: `everwire=1&transport=iframe${ORIGIN}`, listening: true },
  { name: "polling, Everwire, without a poll", query: "everwire=1&transport=polling", listening: false },
  {
    name: "polling, Everwire, an answer not read",
    query: "everwire=1&transport=polling",
    poll: "&turn=1&ack=0",
    listening: true,
  },
  { name: "short-polling", query: "everwire=1&transport=short-polling", listening: false },
  { name: "jsonp, Everwire", query: "everwire=1&transport=jsonp&j=0", listening: false },
];

/** Opens a session whose client reads nothing, beside what the operating system reads for it, or all that comes. */
async function openSlow(context: TestContext, fixture: Fixture, reader: Reader, reads = false): Promise<Peer> {
  const request = (query: string): void => {
    const target = `/engine.io/?EIO=4&${query.replace("PORT", String(fixture.port))}`;
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    context.after(() => socket.destroy());
    if (reads) socket.resume();
    else socket.pause();
    if (reader.upgrade === true) socket.write(upgradeRequest(target));
    else socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${fixture.port}\r\n\r\n`);
  };
  request(reader.query);
  const peer = await fixture.peers.take("the slow session");
  const session = peer.session;
  assert.ok(session instanceof EngineSession);
  if (reader.poll !== undefined) {
    await until(() => !session.carrier.listening, "the answer to the first request");
    request(`transport=polling&sid=${session.id}${reader.poll}`);
  }
  await until(() => session.carrier.listening === reader.listening, `listening: ${reader.listening}`);
  return peer;
}

/** Sends to both and waits until the fast one has it; false when the slow one is closed. */
async function broadcast(slow: Peer, fast: Peer, wire: Wire): Promise<boolean> {
  const alive = slow.session.send(PACKET);
  assert.equal(fast.session.send(PACKET), true);
  assert.equal((await wire.next("a broadcast")).length, 60_001);
  return alive;
}

describe("a client that reads nothing has the same bounds on every transport", () => {
  for (const reader of READERS) {
    it(reader.name, async (context) => {
      const fixture = await serve(context, { sendQueueLimit: LIMIT, jsonp: true });
      const slow = await openSlow(context, fixture, reader);
      const { peer: fast, wire } = await openWebSocket(fixture);
      const { session } = slow;
      const statistics = (): ReturnType<typeof fixture.listener.statistics> => fixture.listener.statistics();

      // Whatever the operating system takes for the client does not wait.
      for (let rounds = 0; !session.backpressure; rounds++) {
        assert.ok(rounds < 1000, "no backpressure");
        assert.equal(await broadcast(slow, fast, wire), true);
      }
      assert.equal(session.writable, false);
      assert.equal(session.send(OutgoingPacket.message("typing"), { volatile: true }), false);
      assert.equal(statistics().droppedVolatile, 1);

      assert.equal(session.send(OutgoingPacket.message("position 1"), { coalesce: "position" }), true);
      const before = session.bufferedBytes;
      for (const text of ["position 2", "position 3"]) {
        assert.equal(session.send(OutgoingPacket.message(text), { coalesce: "position" }), true);
      }
      assert.equal(session.bufferedBytes, before);
      assert.equal(statistics().coalesced, 2);

      let most = 0;
      for (let rounds = 0; await broadcast(slow, fast, wire); rounds++) {
        assert.ok(rounds < 1000, "never given up");
        most = Math.max(most, session.bufferedBytes);
      }
      assert.ok(most >= LIMIT && most < LIMIT * 4 + IN_HAND, `${most} bytes`);
      const { reason, detail } = await slow.closed.take("the end");
      assert.deepEqual([reason, detail], ["transport error", "the client reads slower than packets are sent"]);
      assert.equal(fixture.log.at(-1)?.reason, "slow_consumer");
      const { queuedBytes, slowConsumers, guarded, discarded } = statistics();
      assert.deepEqual([queuedBytes, slowConsumers, guarded], [0, 1, 0]);
      assert.ok(discarded >= 20 && discarded < 60, `${discarded} packets`);

      assert.equal(fast.session.state, "open");
      assert.deepEqual(
        fast.calls.filter((call) => call !== "drain"),
        [],
      );
      await until(() => fixture.listener.sessions === 1, "the slow session to be gone");
    });
  }
});

describe("a client that reads has room again after a packet larger than the pressure mark", () => {
  for (const reader of READERS.filter(({ listening, poll }) => listening && poll === undefined)) {
    it(reader.name, async (context) => {
      const fixture = await serve(context);
      const { session, calls } = await openSlow(context, fixture, reader, true);
      assert.equal(session.send(OutgoingPacket.message("x".repeat(300_000))), true);
      assert.equal(session.backpressure, true);
      await until(() => calls.includes("drain"), "a drain");
      assert.equal(session.backpressure, false);
      assert.equal(session.writable, true);
      assert.equal(session.bufferedBytes, 0);
    });
  }
});

describe("many clients that read nothing", () => {
  it("are closed, the slowest first, when all together have too much waiting", async (context) => {
    const fixture = await serve(context, { totalQueueLimit: 1_000_000 });
    const away: Reader = { name: "", query: "transport=polling", listening: false };
    const [first, slowest, little, last] = [
      await openSlow(context, fixture, away),
      await openSlow(context, fixture, away),
      await openSlow(context, fixture, away),
      await openSlow(context, fixture, away),
    ];
    const states = (): string => [first, slowest, little, last].map(({ session }) => session.state).join(" ");
    for (const [peer, packets] of [
      [first, 3],
      [slowest, 9],
      [little, 1],
      [last, 3],
    ] as const) {
      for (let count = 0; count < packets; count++) assert.equal(peer.session.send(PACKET), true);
    }
    assert.ok(fixture.listener.statistics().queuedBytes < 1_000_000, "all is within the limit");
    little.send("tick");
    first.send("x".repeat(60_000));
    assert.equal(states(), "open open open open", "nobody within a send");
    const { reason, detail } = await slowest.closed.take("the end of the slowest");
    assert.equal(reason, "transport error");
    assert.match(detail ?? "", /totalQueueLimit/);
    assert.equal(fixture.log.at(-1)?.reason, "memory_guard");
    assert.equal(states(), "open closed open open");
    const { guarded, slowConsumers, discarded, queuedBytes } = fixture.listener.statistics();
    assert.deepEqual([guarded, slowConsumers, discarded], [1, 0, 9]);
    assert.ok(queuedBytes < 1_000_000);
  });
});

describe("an answer that nobody reads", () => {
  const MEGABYTES = OutgoingPacket.message("x".repeat(20_000_000));

  it("is cut off 5 s after the end of its stock session", async (context) => {
    let clock = 0;
    const wheel = new DeadlineWheel(() => clock, 10);
    const options = { maxPayload: 1_000_000, bodyTimeout: 1000, minBodyRate: 500, maxPacketsPerPayload: 10 };
    const transport = new PollingTransport(options, wheel);
    const { response, closed } = await unread(context);
    const queue = new SendQueue();
    transport.poll(response, {});
    queue.push(MEGABYTES);
    transport.pull(queue);
    await until(() => response.writableEnded, "the answer");
    assert.equal(transport.listening, true);
    transport.end(queue, "discard");
    clock = 4900;
    wheel.advance();
    assert.equal(response.destroyed, false);
    clock = 5100;
    wheel.advance();
    assert.equal(response.destroyed, true);
    await closed;
    assert.equal(transport.listening, false);
    assert.equal(wheel.size, 0);
  });

  it("has a deadline when an Everwire session has moved on", async (context) => {
    const { response, closed } = await unread(context);
    const carrier = new PollCarrier(response, {});
    carrier.send([MEGABYTES]);
    const before = deadlines.size;
    carrier.end([]);
    assert.equal(deadlines.size, before + 1);
    response.destroy();
    await closed;
    assert.equal(deadlines.size, before);
  });
});

/** A request whose client reads nothing of the answer, as the server sees it. */
async function unread(context: TestContext): Promise<{ response: http.ServerResponse; closed: Promise<void> }> {
  const server = http.createServer();
  const asked = new Promise<http.ServerResponse>((resolve) => server.on("request", (_, response) => resolve(response)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const socket = net.connect(address.port, "127.0.0.1").on("error", () => {});
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  context.after(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const response = await within(asked, "the request");
  return { response, closed: closeOf(response) };
}
