import assert from "node:assert/strict";
import net from "node:net";
import { describe, it } from "node:test";
import { ask, dial, type Fixture, openPolling, openWebSocket, post, raw, serve, until } from "./harness.test.ts";

/** Opens an Everwire session; the URL given back takes the name of a transport. */
async function openEverwire(fixture: Fixture): Promise<(transport: string) => string> {
  const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
  const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
  return (transport) => `${fixture.base}&transport=${transport}&sid=${sid}`;
}

describe("a connection", () => {
  for (const first of ["an open answer", "a waiting poll"]) {
    it(`row 18: with thousands of requests behind ${first} is cut off after a few`, async (context) => {
      const fixture = await serve(context);
      const target = "/engine.io/?EIO=4&transport=polling";
      const { peer } = await openPolling(fixture);
      const socket = net.connect(fixture.port, "127.0.0.1");
      context.after(() => socket.destroy());
      socket.on("error", () => {}).pause();
      const held = first === "a waiting poll" ? `GET ${target}&sid=${peer.session.id} HTTP/1.1\r\nHost: a\r\n\r\n` : "";
      socket.write(held + `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(5000));
      await until(() => (fixture.listener.refusals.get("pipelined") ?? 0) > 0, "the refusal");
      assert.ok(fixture.listener.sessions <= 33, `${fixture.listener.sessions} sessions`);
    });
  }

  it("may bring as many requests as its client reads answers of", async (context) => {
    const fixture = await serve(context);
    const socket = net.connect(fixture.port, "127.0.0.1");
    context.after(() => socket.destroy());
    let answers = 0;
    socket.on("data", (chunk) => {
      answers += String(chunk).split("HTTP/1.1 200").length - 1;
    });
    for (let round = 1; round <= 5; round += 1) {
      socket.write("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
      await until(() => answers === round * 20, `${round * 20} answers`);
    }
    assert.equal(fixture.listener.refusals.size, 0);
  });

  it("goes on after polls and posts, also after a poll that has a body, however long", async (context) => {
    const fixture = await serve(context);
    const { peer, handshake } = await openPolling(fixture);
    const target = `/engine.io/?EIO=4&transport=polling&sid=${handshake.sid} HTTP/1.1\r\nHost: a\r\n`;
    const socket = net.connect(fixture.port, "127.0.0.1");
    context.after(() => socket.destroy());
    let answers = "";
    socket.on("data", (chunk) => {
      answers += String(chunk);
    });
    for (const [round, body] of ["", "x", "x".repeat(200_000), ""].entries()) {
      peer.send(`poll ${round}`);
      socket.write(`GET ${target}${body === "" ? "" : `Content-Length: ${body.length}\r\n`}\r\n${body}`);
      await until(() => answers.endsWith(`4poll ${round}`), `the answer to poll ${round}`);
      socket.write(`POST ${target}Content-Length: 2\r\n\r\n4${round}`);
      await until(() => answers.endsWith("\r\n\r\nok"), `the answer to post ${round}`);
      assert.equal(await peer.messages.take("the message"), String(round));
    }
    assert.equal(fixture.listener.refusals.size, 0);
  });

  it("row 39: that begins with another protocol's header is no HTTP", async (context) => {
    const fixture = await serve(context);
    const request = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n";
    const answer = await raw(fixture.port, `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${request}`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal(fixture.listener.sessions, 0);
  });
});

describe("a session", () => {
  it("row 93: of another user is out of reach, for stock clients as well", async (context) => {
    const fixture = await serve(context, { bind: (request) => request.headers.cookie });
    const { peer, url } = await openPolling(fixture);
    assert.equal((await post(url, "4x", { cookie: "user=2" })).status, 403);
    assert.equal((await ask(url, { headers: { cookie: "user=2" } })).status, 403);
    assert.deepEqual([peer.session.state, peer.calls.length], ["open", 0]);
  });

  it("row 118: that is never asked for again is gone after the heartbeat", async (context) => {
    const fixture = await serve(context, { pingInterval: 40, pingTimeout: 40 });
    const { peer } = await openPolling(fixture);
    await openEverwire(fixture);
    const everwire = await fixture.peers.take("the second session");
    for (const { closed } of [peer, everwire]) assert.equal((await closed.take("the end")).reason, "ping timeout");
    // A closed one waits a moment for who is to hear of it.
    await fixture.listener.close();
    assert.equal(fixture.listener.sessions, 0);
  });

  it("row 126: begins where the turn says, whatever an event stream says of its last event", async (context) => {
    const fixture = await serve(context);
    const at = await openEverwire(fixture);
    (await fixture.peers.take("the session")).send("a");
    let turn = 0;
    for (const id of ["", "x", "-1", "99999999999999999999", "2"]) {
      turn += 1;
      const streamed = ask(`${at("sse")}&turn=${turn}&ack=0`, { headers: { "last-event-id": id } });
      await until(() => fixture.listener.sessions === 1, "the session");
      await ask(`${at("short-polling")}&turn=${turn + 1}&ack=0`);
      turn += 1;
      assert.match((await streamed).body, /data: 81\x1e70\x1e4a/);
    }
    const long = { "last-event-id": "1".repeat(1_000_000) };
    assert.equal(
      (await ask(`${at("sse")}&turn=99&ack=0`, { headers: long }).catch(() => ({ status: 431 }))).status,
      431,
    );
  });

  it("row 129: ends for an empty text; empty bytes are a message, as an attachment may be", async (context) => {
    const fixture = await serve(context);
    const stock = await openWebSocket(fixture);
    const wire = await dial(fixture, "&everwire=1");
    const everwire = await fixture.peers.take("the session");
    wire.send("81");
    for (const [peer, client] of [
      [stock.peer, stock.wire],
      [everwire, wire],
    ] as const) {
      client.send(new Uint8Array(0));
      assert.deepEqual(await peer.messages.take("empty bytes"), Buffer.alloc(0));
      client.send("");
      assert.equal((await peer.closed.take("the end")).reason, "parse error");
      assert.ok([1000, 1005].includes((await client.closed.take("the close")).code));
    }
  });

  it("row 189: has an id of the server's own choice, whatever the client brings", async (context) => {
    const fixture = await serve(context, { cookie: true });
    const { session } = (await openPolling(fixture)).peer;
    const victim = await ask(`${fixture.base}&transport=polling`, { headers: { cookie: `io=${session.id}` } });
    assert.ok(!victim.body.includes(session.id));
    const chosen = "A".repeat(20);
    assert.equal((await ask(`${fixture.base}&transport=polling&sid=${chosen}`)).status, 400);
    assert.equal(fixture.listener.sessions, 2);
  });

  it("row 187: reads no cookie, and none can break it", async (context) => {
    const fixture = await serve(context);
    const cookies = ["__proto__=1", `${"a=1; ".repeat(2000)}b=2`, "a=%zz; =; ;;;", '"a"="b; c', "a=\u00ff\t"];
    for (const cookie of cookies) {
      assert.equal((await ask(`${fixture.base}&transport=polling`, { headers: { cookie } })).status, 200);
    }
    const line = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n";
    assert.match(await raw(fixture.port, `${line}Cookie: a=\0\r\n\r\n`), /^HTTP\/1\.1 400 /);
  });
});

describe("Engine.IO 3", () => {
  const texts = ["99999999999:4a", "-1:4a", "1e0:4", "5:4a", ":4a", "4a", "0:", `${"9".repeat(310)}:4a`];
  for (const body of texts) {
    it(`row 113: ${JSON.stringify(body.slice(0, 20))} is a parse error`, async (context) => {
      const fixture = await serve(context, { allowEIO3: true });
      const url = fixture.base.replace("EIO=4", "EIO=3");
      await ask(`${url}&transport=polling`);
      const peer = await fixture.peers.take("the session");
      assert.equal((await post(`${url}&transport=polling&sid=${peer.session.id}`, body)).status, 400);
      assert.equal((await peer.closed.take("the end")).reason, "parse error");
      assert.equal(peer.messages.waiting.length, 0);
    });
  }

  const payloads: readonly (readonly [string, readonly number[]])[] = [
    ["a length without an end", [0, 1, 1, 1]],
    ["a length beyond the body", [0, 9, 255, 0x34, 0x61]],
    ["a digit above nine", [0, 10, 255, 0x34]],
    ["310 digits", [0, ...Array.from({ length: 310 }, () => 9), 255, 0x34]],
    ["an unknown kind", [2, 1, 255, 0x34]],
    ["no length", [0, 255, 0x34]],
  ];
  for (const [name, bytes] of payloads) {
    it(`row 112: a binary payload with ${name} is a parse error`, async (context) => {
      const fixture = await serve(context, { allowEIO3: true });
      const url = fixture.base.replace("EIO=4", "EIO=3");
      await ask(`${url}&transport=polling`);
      const peer = await fixture.peers.take("the session");
      const headers = { "content-type": "application/octet-stream" };
      const answer = await post(`${url}&transport=polling&sid=${peer.session.id}`, Buffer.from(bytes), headers);
      assert.equal(answer.status, 400);
      assert.equal((await peer.closed.take("the end")).reason, "parse error");
    });
  }
});
