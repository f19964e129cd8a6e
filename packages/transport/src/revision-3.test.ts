import assert from "node:assert/strict";
import http from "node:http";
import type { Duplex } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import type { CloseReason, EngineRevision } from "@everwire/protocol";
import { acceptUpgrade, type Connection, connect, DeadlineWheel, HandshakeFailure } from "@everwire/websocket";
import { type Answer, ask, Inbox, post, until, Wire, within } from "./harness.test.ts";
import { handshakeDetails } from "./http/handshake-details.ts";
import { parseQuery } from "./http/query.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import { QueueGuard } from "./session/queue-guard.ts";
import { EngineSession, type SessionOwner } from "./session/session.ts";
import { PollingTransport } from "./stock/polling-transport.ts";
import { UpgradeProbe } from "./stock/upgrade.ts";
import { WebSocketTransport } from "./stock/websocket-transport.ts";
import type { Transport } from "./transport.ts";

const PING_INTERVAL = 25_000;
const PING_TIMEOUT = 20_000;
const OPTIONS = { maxPayload: 100_000, bodyTimeout: 5000, minBodyRate: 500, maxPacketsPerPayload: 100 };
const BYTES = Buffer.of(1, 2, 3, 4);
const OCTETS = { "content-type": "application/octet-stream" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

interface Bench {
  readonly url: string;
  readonly session: EngineSession;
  readonly messages: Inbox<string | Buffer>;
  readonly closed: Inbox<CloseReason>;
  readonly refused: string[];
  dial(query?: string): Promise<Wire>;
  pass(ms: number): void;
}

/** One session on a server of its own; `b64` and `j` are read from each request, as a listener does. */
async function bench(context: TestContext, revision: EngineRevision = 3): Promise<Bench> {
  let clock = performance.now();
  const wheel = new DeadlineWheel(() => clock, 10);
  const messages = new Inbox<string | Buffer>();
  const closed = new Inbox<CloseReason>();
  const refused: string[] = [];
  const owner: SessionOwner = {
    options: {
      pingInterval: PING_INTERVAL,
      pingTimeout: PING_TIMEOUT,
      sendQueueLimit: 2 ** 20,
      totalQueueLimit: 2 ** 40,
    },
    wheel,
    guard: new QueueGuard(),
    counters: { droppedVolatile: 0, coalesced: 0, discarded: 0 },
    refused: (why) => refused.push(why),
    gone() {},
  };
  let session: EngineSession | undefined;
  const open = (request: http.IncomingMessage, transport: Transport): EngineSession => {
    const opened = new EngineSession("sid", handshakeDetails(request, ""), owner, transport, revision);
    opened.open(OutgoingPacket.control("open", "{}"), () => ({
      message: (data) => messages.put(data),
      close: (reason) => closed.put(reason),
    }));
    session = opened;
    return opened;
  };
  const server = http.createServer((request, response) => {
    const query = parseQuery(request.url ?? "");
    assert.ok("parameters" in query);
    const { carrier } = session ?? open(request, new PollingTransport(OPTIONS, wheel, revision));
    assert.ok(carrier instanceof PollingTransport);
    const j = query.parameters.get("j");
    if (request.method === "POST") void carrier.post(request, response, {}, j);
    else carrier.poll(response, {}, j);
  });
  const sockets: Duplex[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  server.on("upgrade", (request, socket, head) => {
    const connection: Connection | HandshakeFailure = acceptUpgrade(request, socket, head);
    assert.ok(!(connection instanceof HandshakeFailure));
    const transport = new WebSocketTransport(connection, 65_536, revision, request.url?.includes("b64=1"));
    assert.ok(session !== undefined);
    const { carrier } = session;
    assert.ok(carrier instanceof PollingTransport);
    new UpgradeProbe(session, carrier, transport, owner, 5000).begin();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `http://127.0.0.1:${address.port}/?t=1`;
  context.after(() => {
    session?.close("server shutting down");
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const dial = async (query = ""): Promise<Wire> =>
    new Wire(await within(connect(`${url.replace("http", "ws")}${query}`), "the WebSocket"));
  assert.equal((await ask(url)).body, revision === 3 ? "3:0{}" : "0{}");
  assert.ok(session !== undefined);
  const pass = (ms: number): void => {
    clock += ms;
    wheel.advance();
  };
  return { url, session, messages, closed, refused, dial, pass };
}

/** The bytes of an answer, which `ask` has read as text. */
async function askBytes(url: string): Promise<{ type: string | null; bytes: Buffer }> {
  const answer = await fetch(url);
  return { type: answer.headers.get("content-type"), bytes: Buffer.from(await answer.arrayBuffer()) };
}

function scriptArgument(answer: Answer): unknown {
  const found = answer.body.match(/^\/\*\*\/___eio\[7\]\((".*")\);$/s);
  assert.ok(found?.[1] !== undefined, answer.body);
  return JSON.parse(found[1]);
}

describe("polling in revision 3", () => {
  it("has text payloads with lengths", async (context) => {
    const { url, session, messages } = await bench(context);
    assert.equal((await post(url, "7:4hé€😀!10:b4AQIDBA==")).body, "ok");
    assert.equal(await messages.take("text"), "hé€😀!");
    assert.deepEqual(await messages.take("bytes"), BYTES);
    session.send(OutgoingPacket.message("é😀"));
    session.send(OutgoingPacket.message("next"));
    assert.equal((await ask(`${url}&b64=1`)).body, "4:4é😀5:4next");
    session.send(OutgoingPacket.message("next"));
    const answer = await ask(url);
    assert.equal(answer.body, "5:4next");
    assert.equal(answer.headers["content-type"], "text/plain; charset=UTF-8");
  });

  it("has binary payloads where there are bytes in them", async (context) => {
    const { url, session, messages } = await bench(context);
    const body = [0, 3, 255, ...Buffer.from("4é"), 1, 5, 255, 4, ...BYTES];
    assert.equal((await post(url, Buffer.from(body), OCTETS)).body, "ok");
    assert.equal(await messages.take("text"), "é");
    assert.deepEqual(await messages.take("bytes"), BYTES);
    session.send(OutgoingPacket.message("é", [BYTES]));
    const { type, bytes } = await askBytes(url);
    assert.equal(type, "application/octet-stream");
    assert.deepEqual(bytes, Buffer.from(body));
  });

  it("has a binary payload for text beyond ASCII, which clients of 1.x misread in the other", async (context) => {
    const { url, session } = await bench(context);
    session.send(OutgoingPacket.message("é"));
    const { type, bytes } = await askBytes(url);
    assert.equal(type, "application/octet-stream");
    assert.deepEqual(bytes, Buffer.from([0, 3, 255, ...Buffer.from("4é")]));
  });

  it("writes bytes as base64 to a client that takes text alone", async (context) => {
    const { url, session } = await bench(context);
    session.send(OutgoingPacket.message("51-", [BYTES]));
    const answer = await ask(`${url}&b64=1`);
    assert.equal(answer.body, "4:451-10:b4AQIDBA==");
    assert.equal(answer.headers["content-type"], "text/plain; charset=UTF-8");
  });

  it("ends with a close packet of its own form", async (context) => {
    const { url, session } = await bench(context);
    const answer = ask(url);
    await until(() => session.carrier.bufferedBytes === 0, "nothing");
    session.send(OutgoingPacket.message("bye"));
    session.close("forced server close");
    assert.equal((await answer).body, "4:4bye1:1");
  });

  for (const [name, body, headers] of [
    ["a payload of revision 4", "4hello\x1e4you", {}],
    ["a length beyond the body", "99999999999:4", {}],
    ["an empty body", "", {}],
    ["101 packets", "1:6".repeat(101), {}],
    ["text that is not UTF-8", Buffer.of(0x32, 0x3a, 0x34, 0xff), {}],
    ["bytes without an end of the length", Buffer.of(0, 1, 1), OCTETS],
  ] as const) {
    it(`refuses ${name}`, async (context) => {
      const { url, closed } = await bench(context);
      assert.equal((await post(url, body, headers)).status, 400);
      assert.equal(await closed.take("the close"), "parse error");
    });
  }

  it("moves to a WebSocket without losing or reordering", async (context) => {
    const { url, session, messages, dial } = await bench(context);
    const wire = await dial();
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    assert.equal((await ask(url)).body, "1:6");
    session.send(OutgoingPacket.message("kept", [BYTES]));
    assert.equal((await post(url, "2:4a")).body, "ok");
    wire.send("5");
    wire.send(Buffer.of(4, ...BYTES));
    assert.deepEqual([await wire.next(), await wire.next()], ["4kept", Buffer.of(4, ...BYTES)]);
    assert.equal(await messages.take("what was polled"), "a");
    assert.deepEqual(await messages.take("what came after"), BYTES);
    assert.equal(session.transport, "websocket");
  });
});

describe("WebSocket in revision 3", () => {
  it("has the type of bytes in front of them", async (context) => {
    const { dial, session, messages } = await bench(context);
    const wire = await dial();
    wire.send("2probe");
    await wire.next();
    wire.send("5");
    wire.send("b4AQIDBA==");
    assert.deepEqual(await messages.take("bytes as text"), BYTES);
    wire.send(Buffer.of(4, ...BYTES));
    assert.deepEqual(await messages.take("bytes"), BYTES);
    session.send(OutgoingPacket.message("51-", [BYTES]));
    assert.deepEqual([await wire.next(), await wire.next()], ["451-", Buffer.of(4, ...BYTES)]);
  });

  it("sends base64 to a client that takes text alone", async (context) => {
    const { session, dial } = await bench(context);
    const wire = await dial("&b64=1");
    wire.send("2probe");
    await wire.next();
    wire.send("5");
    session.send(OutgoingPacket.message("51-", [BYTES]));
    assert.deepEqual([await wire.next(), await wire.next()], ["451-", "b4AQIDBA=="]);
  });

  for (const [name, frame] of [
    ["bytes that are no message", Buffer.of(2, 1)],
    ["no bytes", Buffer.alloc(0)],
    ["a text without a type", "hello"],
    ["bad base64", "b4!!!!"],
  ] as const) {
    it(`refuses ${name}`, async (context) => {
      const { dial, closed } = await bench(context);
      const wire = await dial();
      wire.send("2probe");
      await wire.next();
      wire.send("5");
      wire.send("2");
      assert.equal(await wire.next(), "3");
      wire.send(frame);
      assert.equal(await closed.take("the close"), "parse error");
    });
  }
});

describe("the heartbeat in revision 3", () => {
  it("is the client's: a ping is answered, without what it carries", async (context) => {
    const { url } = await bench(context);
    const answer = ask(url);
    await post(url, "1:2");
    assert.equal((await answer).body, "1:3");
    await post(url, "3:2hi");
    assert.equal((await ask(url)).body, "1:3");
  });

  it("ends the session without a ping for pingInterval + pingTimeout, whatever else comes", async (context) => {
    const { url, closed, session, pass } = await bench(context);
    pass(PING_INTERVAL + PING_TIMEOUT - 100);
    await post(url, "1:2");
    pass(PING_INTERVAL + PING_TIMEOUT - 100);
    assert.equal(session.state, "open");
    await post(url, "2:4a");
    pass(200);
    assert.equal(await closed.take("the close"), "ping timeout");
  });

  it("has no pong of the client, and no ping of the server", async (context) => {
    const { url, closed, refused, session, pass } = await bench(context);
    pass(PING_INTERVAL + 100);
    assert.equal(session.bufferedBytes, 0);
    await post(url, "1:3");
    assert.equal(await closed.take("the close"), "transport error");
    assert.deepEqual(refused, ["heartbeat_direction"]);
  });
});

describe("JSONP", () => {
  for (const [revision, first, sent, posted] of [
    [4, "4é\u2028</script>\x1ebAQIDBA==", "4é\u2028</script>\x1ebAQIDBA==", '42["a\\nb"]\n\x1ebAQIDBA=='],
    [3, "12:4é\u2028</script>10:b4AQIDBA==", "", '11:42["a\\nb"]\n10:b4AQIDBA=='],
  ] as const) {
    it(`wraps the payloads of revision ${revision} in a script and takes them from a form`, async (context) => {
      const { url, session, messages } = await bench(context, revision);
      session.send(OutgoingPacket.message("é\u2028</script>", [BYTES]));
      const answer = await ask(`${url}&j=7`);
      assert.equal(answer.headers["content-type"], "text/javascript; charset=UTF-8");
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.doesNotMatch(answer.body, /[\u2028<]/);
      assert.equal(scriptArgument(answer), sent === "" ? first : sent);
      // What stock clients do before they put it into a form, whose LFs browsers change.
      const escaped = posted.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
      const form = await post(`${url}&j=7`, `d=${encodeURIComponent(escaped)}`, FORM);
      assert.deepEqual([form.status, form.body, form.headers["content-type"]], [200, "ok", "text/html"]);
      assert.equal(await messages.take("text"), '2["a\\nb"]\n');
      assert.deepEqual(await messages.take("bytes"), BYTES);
    });
  }

  it("refuses a form without a payload, and one that is too long", async (context) => {
    const without = await bench(context, 4);
    assert.equal((await post(`${without.url}&j=0`, "x=4a", FORM)).status, 400);
    const long = await bench(context, 4);
    assert.equal((await post(`${long.url}&j=0`, `d=4${"a".repeat(100_000)}`, FORM)).status, 413);
    assert.equal(await long.closed.take("the close"), "transport error");
  });
});
