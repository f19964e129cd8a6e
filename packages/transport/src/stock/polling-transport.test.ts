import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { describe, it } from "node:test";
import {
  type Answer,
  ask,
  closeOf,
  type Fixture,
  nextRequest,
  openPolling,
  post,
  serve,
  statusOf,
  until,
} from "../harness.test.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";

/** Starts a GET and waits until the server holds it. */
async function heldPoll(fixture: Fixture, url: string): Promise<{ answer: Promise<Answer> }> {
  const seen = nextRequest(fixture);
  const answer = ask(url);
  await seen;
  return { answer };
}

describe("a polling session", () => {
  it("opens with the exact handshake", async (context) => {
    const fixture = await serve(context);
    const answer = await ask(`${fixture.base}&transport=polling`);
    assert.match(
      answer.body,
      /^0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/,
    );
    assert.equal(answer.headers["content-type"], "text/plain; charset=UTF-8");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["content-length"], String(answer.body.length));
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });

  it("offers no upgrade when there is none", async (context) => {
    const without = await openPolling(await serve(context, { allowUpgrades: false }));
    assert.deepEqual(without.handshake.upgrades, []);
    const pollingOnly = await openPolling(await serve(context, { transports: ["polling"] }));
    assert.deepEqual(pollingOnly.handshake.upgrades, []);
  });

  it("carries text and bytes both ways", async (context) => {
    const { peer, url } = await openPolling(await serve(context));
    const posted = await post(url, "4hé€😀\x1ebAQIDBA==\x1eb");
    assert.deepEqual([posted.status, posted.body, posted.headers["content-type"]], [200, "ok", "text/html"]);
    assert.equal(await peer.messages.take("text"), "hé€😀");
    assert.deepEqual(await peer.messages.take("bytes"), Buffer.of(1, 2, 3, 4));
    assert.deepEqual(await peer.messages.take("an empty attachment"), Buffer.alloc(0));
    peer.session.send(OutgoingPacket.message("51-é", [Buffer.of(1, 2, 3, 4)]));
    peer.send("next");
    assert.equal((await ask(url)).body, "451-é\x1ebAQIDBA==\x1e4next");
  });

  it("answers a waiting poll with all that one tick sends", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const { answer } = await heldPoll(fixture, url);
    for (const text of ["a", "b", "c"]) peer.send(text);
    assert.equal((await answer).body, "4a\x1e4b\x1e4c");
    assert.equal(peer.session.bufferedBytes, 0);
  });

  it("splits what is longer than maxPayload over several answers", async (context) => {
    const { peer, url } = await openPolling(await serve(context, { maxPayload: 5000 }));
    for (const letter of ["a", "b", "c"]) peer.send(letter.repeat(2000));
    assert.equal((await ask(url)).body, `4${"a".repeat(2000)}\x1e4${"b".repeat(2000)}`);
    assert.equal((await ask(url)).body, `4${"c".repeat(2000)}`);
    peer.send("d".repeat(20_000));
    assert.equal((await ask(url)).body.length, 20_001);
  });

  it("takes a burst of 3 MB between two polls, and gives it out poll by poll", async (context) => {
    const { peer, url } = await openPolling(await serve(context));
    for (let index = 0; index < 50; index++) assert.equal(peer.send(`${index} ${"x".repeat(60_000)}`), true);
    const received: string[] = [];
    while (received.length < 50) {
      for (const packet of (await ask(url)).body.split("\x1e")) received.push(packet.slice(1, packet.indexOf(" ")));
    }
    assert.deepEqual(
      received,
      received.map((_, index) => String(index)),
    );
    assert.equal(peer.session.state, "open");
  });

  it("hands what the application sends at once to the client with the handshake", async (context) => {
    const fixture = await serve(context, {
      handler: (peer) => {
        peer.send("welcome");
        return {};
      },
    });
    assert.match((await ask(`${fixture.base}&transport=polling`)).body, /^0\{.*\}\x1e4welcome$/);
  });

  it("ends when the client says so; the waiting poll is released with a noop", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const { answer } = await heldPoll(fixture, url);
    assert.equal((await post(url, "1")).body, "ok");
    assert.equal((await answer).body, "6");
    assert.equal((await peer.closed.take("the close")).reason, "transport close");
    assert.equal((await ask(url)).status, 400);
    assert.equal(fixture.listener.sessions, 0);
  });

  it("delivers what was sent before the application closed it, then the close", async (context) => {
    const fixture = await serve(context);
    const waiting = await openPolling(fixture);
    const { answer } = await heldPoll(fixture, waiting.url);
    waiting.peer.send("bye");
    waiting.peer.session.close("forced server close");
    assert.equal((await answer).body, "4bye\x1e1");
    const between = await openPolling(fixture);
    between.peer.send("bye");
    between.peer.session.close("forced server close");
    assert.equal(between.peer.session.state, "closing");
    assert.equal((await post(between.url, "4late")).status, 400);
    assert.equal((await ask(between.url)).body, "4bye\x1e1");
    assert.equal(between.peer.session.state, "closed");
    assert.deepEqual(between.peer.calls, ["close"]);
  });
});

describe("bad requests to a polling session", () => {
  it("98: a declared length over the limit is refused unread and ends the session", async (context) => {
    const fixture = await serve(context, { maxPayload: 1000 });
    const { peer, url } = await openPolling(fixture);
    const answer = await post(url, `4${"a".repeat(1000)}`);
    assert.deepEqual([answer.status, answer.body], [413, ""]);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    assert.deepEqual(peer.calls, ["close"]);
    const second = await openPolling(fixture);
    const waiting = http.request(second.url, { method: "POST", agent: false, headers: { "content-length": "1001" } });
    const status = statusOf(waiting);
    waiting.on("error", () => {}).flushHeaders();
    assert.equal(await status, 413);
    waiting.destroy();
  });

  it("99: a chunked body is refused at the limit and its connection closed", async (context) => {
    const fixture = await serve(context, { maxPayload: 1000 });
    const { peer, url } = await openPolling(fixture);
    const socket = net.connect(fixture.port, "127.0.0.1");
    const ended = closeOf(socket);
    let received = "";
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        received += chunk.toString();
      });
    socket.write(
      `POST ${new URL(url).pathname}${new URL(url).search} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let index = 0; index < 11; index++) socket.write(`64\r\n${"4".repeat(100)}\r\n`);
    await until(() => received.includes("\r\n\r\n"), "an answer");
    assert.match(received, /^HTTP\/1\.1 413 /);
    await ended;
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
  });

  it("100: a body that does not arrive in time ends the session", async (context) => {
    const fixture = await serve(context, { bodyTimeout: 50, pingTimeout: 4000 });
    const { peer, url } = await openPolling(fixture);
    const request = http.request(url, { method: "POST", agent: false, headers: { "content-length": "100" } });
    const status = statusOf(request);
    request.on("error", () => {}).write("4drip");
    assert.equal(await status, 408);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    request.destroy();
  });

  it("101: of a body cut off by the client nothing is dispatched, and the session goes on", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const arrived = nextRequest(fixture);
    const request = http.request(url, { method: "POST", agent: false, headers: { "content-length": "100" } });
    request.on("error", () => {}).write("4half\x1e4");
    const { request: incoming } = await arrived;
    const gone = closeOf(incoming);
    request.destroy();
    await gone;
    assert.equal((await post(url, "4whole")).body, "ok");
    assert.equal(await peer.messages.take("a message"), "whole");
  });

  it("102: a binary body is answered and ends the session", async (context) => {
    const { peer, url } = await openPolling(await serve(context));
    const answer = await post(url, "4x", { "content-type": "application/octet-stream" });
    assert.equal(answer.status, 400);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
  });

  it("103: whatever charset the type claims, the body is UTF-8", async (context) => {
    const { peer, url } = await openPolling(await serve(context));
    assert.equal((await post(url, "4é", { "content-type": "text/plain; charset=utf-7" })).body, "ok");
    assert.equal(await peer.messages.take("a message"), "é");
  });

  const unparsable: readonly (readonly [string, string | Buffer])[] = [
    ["104: an unknown type", "xyz"],
    ["104: an empty body", ""],
    ["104: a digit that is no type", "9"],
    ["104: separators only", "\x1e\x1e\x1e"],
    ["105: broken base64", "b!!!"],
    ["106: invalid UTF-8", Buffer.of(0x34, 0xff, 0xfe)],
    ["107: more packets than allowed", `6${"\x1e6".repeat(16_384)}`],
    ["108: a megabyte of separators", "\x1e".repeat(999_999)],
  ];
  for (const [name, body] of unparsable) {
    it(`${name} is a parse error`, async (context) => {
      const fixture = await serve(context);
      const { peer, url } = await openPolling(fixture);
      assert.equal((await post(url, body)).status, 400);
      assert.equal((await peer.closed.take("the close")).reason, "parse error");
      assert.equal((await ask(url)).body, '{"code":1,"message":"Session ID unknown"}');
      assert.equal(fixture.log.filter((entry) => entry.session === peer.session.id).length, 1);
      assert.doesNotMatch(JSON.stringify(fixture.log), /xyz|!!!/);
    });
  }

  it("109: thousands of packets are dispatched in slices, in order, and answered when all are through", async (context) => {
    const seen: string[] = [];
    let slices = 0;
    const fixture = await serve(context, {
      handler: () => ({
        message(data) {
          seen.push(String(data));
          // Work that takes a while, so that one slice cannot hold all.
          const until = performance.now() + 0.02;
          while (performance.now() < until);
        },
      }),
    });
    const { url } = await openPolling(fixture);
    let running = true;
    const turn = (): void => {
      if (seen.length > 0 && running) slices++;
      if (running) setImmediate(turn);
    };
    turn();
    const bodies = Array.from({ length: 3000 }, (_, index) => `4${index}`);
    assert.equal((await post(url, bodies.join("\x1e"))).body, "ok");
    running = false;
    assert.deepEqual(
      seen,
      bodies.map((body) => body.slice(1)),
    );
    assert.ok(slices >= 4, `the event loop turned ${slices} times meanwhile`);
  });

  for (const [packet, reason] of [
    ["0{}", "parse error"],
    ["5", "parse error"],
    ["2", "transport error"],
  ] as const) {
    it(`110, 123: ${packet} out of place closes with ${reason}`, async (context) => {
      const { peer, url } = await openPolling(await serve(context));
      assert.equal((await post(url, `4before\x1e${packet}\x1e4after`)).status, 400);
      assert.equal(await peer.messages.take("what came before"), "before");
      assert.equal((await peer.closed.take("the close")).reason, reason);
      assert.deepEqual(peer.calls, ["message", "close"]);
    });
  }

  it("110, 111: noops and unsolicited pongs do nothing", async (context) => {
    const { peer, url } = await openPolling(await serve(context));
    assert.equal((await post(url, `6\x1e${"3\x1e".repeat(10_000)}4here`)).body, "ok");
    assert.equal(await peer.messages.take("a message"), "here");
    assert.equal(peer.session.state, "open");
  });

  it("114: a second poll is refused, the first told the end, and the session closed", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const { answer: first } = await heldPoll(fixture, url);
    assert.equal((await ask(url)).status, 400);
    assert.equal((await first).body, "1");
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    assert.equal((await ask(url)).status, 400);
  });

  it("115: so is a second POST", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const arrived = nextRequest(fixture);
    const request = http.request(url, { method: "POST", agent: false, headers: { "content-length": "6" } });
    const first = statusOf(request);
    request.write("4half");
    await arrived;
    assert.equal((await post(url, "4other")).status, 400);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    request.end("4");
    assert.equal(await first, 400);
    assert.deepEqual(peer.calls, ["close"]);
  });

  it("116: a poll given up by the client costs nothing, however often", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    for (let index = 0; index < 50; index++) {
      const controller = new AbortController();
      const arrived = nextRequest(fixture);
      const poll = ask(url, { signal: controller.signal }).catch(() => undefined);
      const { response } = await arrived;
      const gone = closeOf(response);
      controller.abort();
      await Promise.all([poll, gone]);
    }
    peer.send("kept");
    assert.equal((await ask(url)).body, "4kept");
    assert.equal(peer.session.state, "open");
  });

  it("116, 117: an answer cut off in the middle is queued again, in front and in order", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    const arrived = nextRequest(fixture);
    socket.pause();
    socket.write(`GET /engine.io/${new URL(url).search} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const { response } = await arrived;
    const gone = closeOf(response);
    // Larger than what the operating system buffers for a reader that does not read.
    const big = "x".repeat(20_000_000);
    peer.send(big);
    await until(() => response.writableEnded, "the answer to be written");
    assert.ok(peer.session.bufferedBytes > 20_000_000);
    assert.equal(peer.session.send(OutgoingPacket.message("never"), { volatile: true }), false);
    socket.destroy();
    await gone;
    const again = await ask(url);
    assert.equal(again.body.length, big.length + 1);
    await until(() => peer.session.bufferedBytes === 0, "the bytes to leave");
    assert.equal(peer.session.state, "open");
  });

  it("128: a packet may be as long as maxPayload, and no longer", async (context) => {
    const { peer, url } = await openPolling(await serve(context, { maxPayload: 100 }));
    assert.equal((await post(url, `4${"a".repeat(99)}`)).body, "ok");
    assert.equal((await post(url, `4${"a".repeat(100)}`)).status, 413);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
  });
});
