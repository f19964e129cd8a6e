import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import {
  type Answer,
  ask,
  dial,
  type Fixture,
  type FixtureOptions,
  type Peer,
  post,
  serve,
  until,
} from "./harness.test.ts";
import type { TransportName } from "./transport.ts";

interface Opened {
  readonly fixture: Fixture;
  readonly peer: Peer;
  readonly sid: string;
  /** The URL of a request of the session, by the name of its transport. */
  at(transport: string, more?: string): string;
}

async function open(context: TestContext, options: FixtureOptions = {}): Promise<Opened> {
  const fixture = await serve(context, options);
  const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
  assert.equal(answer.status, 200, answer.body);
  const sid = sidOf(answer.body);
  const peer = await fixture.peers.take("the session");
  return {
    fixture,
    peer,
    sid,
    at: (transport, more = "") => `${fixture.base}&transport=${transport}&sid=${sid}${more}`,
  };
}

function sidOf(payload: string): string {
  const handshake: { sid: string } = JSON.parse(payload.slice(1).split("\x1e")[0] ?? "");
  return handshake.sid;
}

describe("opening an Everwire session", () => {
  it("tells the client that it is one, what it may be carried by, and how long it waits for that", async (context) => {
    const fixture = await serve(context, { reattachTimeout: 3_000 });
    const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
    const handshake: Record<string, unknown> = JSON.parse(answer.body.slice(1));
    assert.equal(handshake.everwire, 1);
    assert.equal(handshake.reattachTimeout, 3_000);
    assert.deepEqual(handshake.transports, ["websocket", "streaming", "sse", "polling", "short-polling", "iframe"]);
    assert.deepEqual(handshake.upgrades, []);
  });

  it("stays a stock session without the flag, and with the flag of another revision", async (context) => {
    const fixture = await serve(context);
    for (const flag of ["", "&everwire=0", "&everwire=2", "&everwire="]) {
      const answer = await ask(`${fixture.base}${flag}&transport=polling`);
      assert.ok(!answer.body.includes("everwire"), flag);
      assert.equal((await fixture.peers.take("the session")).session.transport, "polling");
    }
  });

  const transports: readonly TransportName[] = ["streaming", "sse", "short-polling", "iframe", "jsonp"];
  for (const transport of transports) {
    it(`refuses ${transport} without the flag`, async (context) => {
      const fixture = await serve(context, { jsonp: true });
      const answer = await ask(`${fixture.base}&transport=${transport}&j=0&origin=${new URL(fixture.base).origin}`);
      assert.equal(answer.status, 400);
      assert.equal(answer.body, '{"code":0,"message":"Transport unknown"}');
    });
  }

  const refused: readonly (readonly [string, string, number, string])[] = [
    ["a transport that is switched off", "EIO=4&everwire=1&transport=jsonp&j=0", 400, "transport_unknown"],
    ["an unknown transport", "EIO=4&everwire=1&transport=__proto__", 400, "transport_unknown"],
    ["Engine.IO 3 and the flag", "EIO=3&everwire=1&transport=polling", 400, "bad_request"],
    ["the flag twice", "EIO=4&everwire=1&everwire=1&transport=polling", 400, "ambiguous_query"],
    ["a WebSocket without an upgrade", "EIO=4&everwire=1&transport=websocket", 400, "bad_request"],
    ["an iframe of no origin", "EIO=4&everwire=1&transport=iframe", 403, "origin_refused"],
    [
      "an iframe of a foreign origin",
      "EIO=4&everwire=1&transport=iframe&origin=http://a.example",
      403,
      "origin_refused",
    ],
    ["an unknown session", "EIO=4&transport=sse&sid=AAAAAAAAAAAAAAAAAAAA&turn=1&ack=0", 400, "session_unknown"],
  ];
  for (const [name, query, status, reason] of refused) {
    it(`refuses ${name}`, async (context) => {
      const fixture = await serve(context, { allowEIO3: true });
      const answer = await ask(fixture.base.replace("EIO=4", query));
      assert.equal(answer.status, status, answer.body);
      assert.equal(fixture.log.at(-1)?.reason, reason);
      assert.equal(fixture.listener.sessions, 0);
    });
  }
});

describe("attaching", () => {
  const wrong = [
    "",
    "&turn=1",
    "&ack=0",
    "&turn=-1&ack=0",
    "&turn=1&ack=x",
    "&turn=01&ack=0",
    "&turn=1&ack=1e3",
    "&turn=1&ack=",
  ];
  for (const values of wrong) {
    it(`with ${JSON.stringify(values)} is refused and changes nothing`, async (context) => {
      const { fixture, peer, at } = await open(context);
      assert.equal((await ask(at("polling", values))).status, 400);
      assert.equal(fixture.log.at(-1)?.reason, "invalid_attach");
      assert.equal(peer.session.state, "open");
    });
  }

  it("with a repeated turn or ack is refused", async (context) => {
    const { fixture, at } = await open(context);
    assert.equal((await ask(at("polling", "&turn=1&turn=2&ack=0"))).status, 400);
    assert.equal(fixture.log.at(-1)?.reason, "ambiguous_query");
  });

  it("with an ack of what was never sent ends the session", async (context) => {
    const { fixture, peer, at } = await open(context);
    const answer = await ask(at("polling", "&turn=1&ack=1"));
    assert.equal(answer.status, 400);
    assert.equal(fixture.log.at(-1)?.reason, "ack_out_of_range");
    assert.equal((await peer.closed.take("the end")).reason, "parse error");
  });

  it("brings the first message with its number, and after an answer that was lost brings it again", async (context) => {
    const { peer, at } = await open(context);
    peer.send("a");
    peer.send("b");
    assert.equal((await ask(at("polling", "&turn=1&ack=0"))).body, "81\x1e4a\x1e4b");
    assert.equal((await ask(at("polling", "&turn=2&ack=1"))).body, "82\x1e4b");
    assert.match((await ask(at("short-polling", "&turn=3&ack=1"))).body, /^82\x1e70\x1e4b\x1e6\d+$/);
  });

  it("with an ack that was overtaken goes on after the newer one", async (context) => {
    const { peer, at } = await open(context);
    peer.send("a");
    peer.send("b");
    await ask(at("polling", "&turn=1&ack=0"));
    assert.equal((await post(at("polling"), "72")).body, "70");
    peer.send("c");
    assert.equal((await ask(at("polling", "&turn=2&ack=0"))).body, "83\x1e4c");
  });

  it("takes the downlink over: the former poll is answered, and a stale turn gets a noop", async (context) => {
    const { fixture, peer, sid, at } = await open(context);
    const held = ask(at("polling", "&turn=5&ack=0"));
    const short = await ask(at("short-polling", "&turn=7&ack=0"));
    assert.match(short.body, /^81\x1e70\x1e6\d+$/);
    assert.equal((await held).body, "6");
    assert.equal((await ask(at("polling", "&turn=7&ack=0"))).body, "6");
    assert.equal((await ask(at("streaming", "&turn=6&ack=0"))).body.replaceAll("6\x1e", ""), "");
    const late = await dial(fixture, `&sid=${sid}&turn=7&ack=0`);
    assert.equal(await late.next(), "6");
    assert.equal((await late.closed.take("the close")).code, 1000);
    assert.equal(peer.session.transport, "short-polling");
    assert.deepEqual(peer.calls, ["upgrade short-polling"]);
  });

  it("by WebSocket begins with the numbers of both directions", async (context) => {
    const { fixture, peer, sid, at } = await open(context);
    assert.equal((await post(at("polling"), "81\x1e4a\x1e4b")).body, "72");
    const wire = await dial(fixture, `&sid=${sid}&turn=1&ack=0`);
    assert.equal(await wire.next(), "81");
    assert.equal(await wire.next(), "72");
    peer.send("x");
    assert.equal(await wire.next(), "4x");
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    const poll = ask(at("polling", "&turn=2&ack=1"));
    assert.equal((await wire.closed.take("the close")).code, 1000);
    peer.send("y");
    // Whether the last acknowledgement on the WebSocket arrived, the server does not know.
    assert.equal((await poll).body, "72\x1e82\x1e4y");
  });
});

describe("packets of an Everwire client", () => {
  it("are applied once, and a body that overtook another not at all", async (context) => {
    const { peer, at } = await open(context);
    assert.equal((await post(at("polling"), "82\x1e4b")).body, "70");
    assert.equal((await post(at("streaming"), "81\x1e4a")).body, "71");
    assert.equal((await post(at("sse"), "81\x1e4a\x1e4b\x1ebAQ==")).body, "73");
    assert.equal((await post(at("iframe"), "81\x1e4a")).body, "73");
    assert.deepEqual(peer.messages.waiting, ["a", "b", Buffer.of(1)]);
  });

  it("that are no messages count in a body that overtook another as well", async (context) => {
    const { fixture, peer, at } = await open(context, { pingInterval: 40, pingTimeout: 300 });
    assert.equal((await ask(at("polling", "&turn=1&ack=0"))).body, "2");
    assert.equal((await post(at("polling"), "85\x1e4z\x1e3")).body, "70");
    // Answered, so that the next ping comes; without it the session would be over.
    assert.equal((await ask(at("polling", "&turn=2&ack=0"))).body, "2");
    assert.equal((await post(at("polling"), "85\x1e4z\x1e1")).body, "70");
    assert.equal((await peer.closed.take("the end")).reason, "transport close");
    assert.deepEqual([peer.messages.waiting, fixture.listener.sessions], [[], 0]);
  });

  it("of a body with more than it may hold are applied as far as that, and the answer says so", async (context) => {
    const { peer, at } = await open(context, { maxPacketsPerPayload: 10 });
    const body = `81${"\x1e4x".repeat(30)}`;
    assert.equal((await post(at("polling"), body)).body, "79");
    assert.equal((await post(at("polling"), `810${"\x1e4y".repeat(5)}`)).body, "714");
    assert.deepEqual(peer.messages.waiting, [..."xxxxxxxxxyyyyy"]);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ["a message without a number", "4a"],
    ["8 without a number", "8\x1e4a"],
    ["message number 0", "80\x1e4a"],
    ["a number with a sign", "8+1\x1e4a"],
    ["an acknowledgement of what was never sent", "71"],
    ["an acknowledgement that is no number", "7x"],
    ["an empty body", ""],
    ["an unknown packet", "9"],
    ["an open packet", "0"],
    ["an upgrade packet", "5"],
    ["bad base64", "81\x1eb!!!"],
  ];
  for (const [name, body] of wrong) {
    it(`${name} ends the session`, async (context) => {
      const { peer, at } = await open(context);
      assert.equal((await post(at("polling"), body)).status, 400);
      assert.equal((await peer.closed.take("the end")).reason, "parse error");
    });
  }

  it("a gap on a WebSocket ends the session, where nothing could fill it", async (context) => {
    const { fixture, peer, sid } = await open(context);
    const wire = await dial(fixture, `&sid=${sid}&turn=1&ack=0`);
    wire.send("82");
    assert.equal((await peer.closed.take("the end")).reason, "parse error");
    assert.equal(fixture.log.at(-1)?.reason, "number_gap");
  });

  for (const packet of ["70", "81"]) {
    it(`${packet} on a stock session ends it`, async (context) => {
      const fixture = await serve(context);
      const answer = await ask(`${fixture.base}&transport=polling`);
      const peer = await fixture.peers.take("the session");
      const url = `${fixture.base}&transport=polling&sid=${sidOf(answer.body)}`;
      assert.equal((await post(url, packet)).status, 400);
      assert.equal((await peer.closed.take("the end")).reason, "parse error");
    });
  }

  it("come neither by a plain POST of a WebSocket nor for a stock session by another transport", async (context) => {
    const { fixture, at } = await open(context);
    assert.equal((await post(at("websocket"), "81\x1e4a")).status, 400);
    const answer = await ask(`${fixture.base}&transport=polling`);
    const stock = `${fixture.base}&transport=streaming&sid=${sidOf(answer.body)}&turn=1&ack=0`;
    assert.equal((await ask(stock)).body, '{"code":0,"message":"Transport unknown"}');
  });

  it("are acknowledged within 2 s on a WebSocket, and after 32 at once", async (context) => {
    const { fixture, sid } = await open(context);
    const wire = await dial(fixture, `&sid=${sid}&turn=1&ack=0`);
    await wire.next();
    await wire.next();
    wire.send("81");
    for (let count = 0; count < 32; count++) wire.send("4x");
    assert.equal(await wire.next(), "732");
    wire.send("4x");
    assert.equal(await wire.next("the late acknowledgement"), "733");
  });
});

describe("the end of an Everwire session", () => {
  it("comes when nobody attaches after the downlink broke, and not when a poll was answered", async (context) => {
    const { fixture, peer, sid, at } = await open(context, {
      reattachTimeout: 50,
      pingInterval: 900,
      pingTimeout: 900,
    });
    const wire = await dial(fixture, `&sid=${sid}&turn=1&ack=0`);
    await wire.next();
    wire.connection.terminate();
    assert.equal((await peer.closed.take("the end")).reason, "transport close");
    assert.equal(fixture.log.at(-1)?.reason, "reattach_timed_out");
    assert.equal((await ask(at("polling", "&turn=2&ack=0"))).status, 400);
  });

  it("comes at once when the client closes its WebSocket, or says so", async (context) => {
    const { fixture, peer, sid } = await open(context);
    const wire = await dial(fixture, `&sid=${sid}&turn=1&ack=0`);
    await wire.next();
    wire.connection.close(1000);
    assert.equal((await peer.closed.take("the end")).reason, "transport close");
    const other = await open(context);
    assert.equal((await post(other.at("polling"), "1")).status, 200);
    assert.equal((await other.peer.closed.take("the end")).reason, "transport close");
  });

  it("is told to the next downlink, after all that was queued", async (context) => {
    const { peer, at } = await open(context);
    peer.send("last");
    peer.session.close("forced server close");
    assert.equal((await ask(at("polling", "&turn=1&ack=0"))).body, "81\x1e4last\x1e1");
    const answer: Answer = await ask(at("polling", "&turn=2&ack=0"));
    assert.equal(answer.body, '{"code":1,"message":"Session ID unknown"}');
  });

  it("a ping whose answer is missing is asked again on the next downlink", async (context) => {
    const { at, peer } = await open(context, { pingInterval: 50, pingTimeout: 5000 });
    assert.equal((await ask(at("polling", "&turn=1&ack=0"))).body, "2");
    assert.equal((await ask(at("polling", "&turn=2&ack=0"))).body, "2");
    assert.equal((await post(at("polling"), "3")).body, "70");
    assert.equal(peer.session.state, "open");
  });

  it("more bodies at a time than retries explain are refused, and the session goes on", async (context) => {
    const { at, peer } = await open(context);
    const hanging = Array.from({ length: 4 }, () => {
      const request = http.request(at("polling"), { method: "POST", agent: false });
      request.on("error", () => {});
      request.write("81");
      return request;
    });
    let status = 200;
    for (let tries = 0; tries < 100 && status === 200; tries++) status = (await post(at("polling"), "6")).status;
    assert.equal(status, 429);
    for (const request of hanging) request.destroy();
    assert.equal(peer.session.state, "open");
  });
});

describe("a client that is slower than its messages", () => {
  it("row 125: is disconnected when it does not read its stream, with no more held than the limits allow", async (context) => {
    const { fixture, peer, sid } = await open(context, { sendQueueLimit: 100_000 });
    const socket = net.connect(fixture.port, "127.0.0.1");
    context.after(() => socket.destroy());
    socket.pause();
    const target = `/engine.io/?EIO=4&transport=streaming&sid=${sid}&turn=1&ack=0`;
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${fixture.port}\r\n\r\n`);
    await until(() => peer.session.transport === "streaming", "the stream");
    let most = 0;
    let sent = 0;
    while (peer.session.state === "open" && sent < 1000) {
      peer.send("x".repeat(50_000));
      sent += 1;
      most = Math.max(most, peer.session.bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await peer.closed.take("the end")).reason, "transport error");
    assert.equal(fixture.log.at(-1)?.reason, "slow_consumer");
    assert.ok(most < 1_000_000, `${most} bytes`);
  });

  it("gets megabytes by polls, each answer acknowledged by the next question", async (context) => {
    const { peer, at } = await open(context);
    const expected = Array.from({ length: 40 }, (_, index) => `${index}:${"x".repeat(50_000)}`);
    for (const text of expected) assert.ok(peer.send(text));
    const received: string[] = [];
    for (let turn = 1; received.length < expected.length; turn++) {
      const [first, ...messages] = (await ask(at("polling", `&turn=${turn}&ack=${received.length}`))).body.split(
        "\x1e",
      );
      assert.equal(first, `8${received.length + 1}`);
      received.push(...messages.map((message) => message.slice(1)));
    }
    assert.deepEqual(received, expected);
  });
});
