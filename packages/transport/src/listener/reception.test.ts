import assert from "node:assert/strict";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { connect, HandshakeError } from "@everwire/websocket";
import { ask, dial, openPolling, post, raw, serve, upgradeRequest, within } from "../harness.test.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { Listener } from "./listener.ts";

describe("middlewares", () => {
  it("see requests and upgrades in order, and their headers are in the answers", async (context) => {
    const fixture = await serve(context);
    const seen: string[] = [];
    fixture.listener
      .use((request, response, next) => {
        seen.push(`1 ${request.method}`);
        response.setHeader("x-first", "1");
        next();
      })
      .use((_request, response, next) => {
        seen.push("2");
        response.setHeader("set-cookie", ["a=1", "b=2"]);
        setImmediate(next);
      });
    const answer = await ask(`${fixture.base}&transport=polling`);
    assert.equal(answer.headers["x-first"], "1");
    assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
    const text = raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket"));
    await fixture.peers.take("the first session");
    const { session } = await fixture.peers.take("the second session");
    session.close("forced server close");
    assert.match(await text, /^HTTP\/1.1 101 .*\r\nx-first: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n/s);
    assert.deepEqual(seen, ["1 GET", "2", "1 GET", "2"]);
  });

  it("refuse by an error, by an answer of their own, and by throwing", async (context) => {
    const fixture = await serve(context);
    fixture.listener.use((request, response, next) => {
      if (request.url?.includes("end")) response.writeHead(401, { "www-authenticate": "Basic" }).end("no");
      else if (request.url?.includes("throw")) throw new Error("broken");
      else next(request.url?.includes("error") ? new Error("no") : undefined);
    });
    const ended = await ask(`${fixture.base}&transport=polling&end`);
    assert.deepEqual([ended.status, ended.body, ended.headers["www-authenticate"]], [401, "no", "Basic"]);
    assert.equal((await ask(`${fixture.base}&transport=polling&error`)).status, 400);
    assert.equal(fixture.log.at(-1)?.reason, "middleware_refused");
    assert.equal((await ask(`${fixture.base}&transport=polling&throw`)).status, 500);
    assert.equal(fixture.log.at(-1)?.reason, "hook_failed");
    for (const [how, status] of [
      ["end", 401],
      ["error", 400],
      ["throw", 500],
    ] as const) {
      await assert.rejects(
        dial(fixture, `&${how}`),
        (error) => error instanceof HandshakeError && error.status === status,
      );
    }
    assert.equal(fixture.listener.sessions, 0);
  });

  it("are not asked about what is out of order, and may not take for ever", async (context) => {
    const fixture = await serve(context, { allowRequestTimeout: 50, pingInterval: 500 });
    let asked = 0;
    fixture.listener.use(() => {
      asked += 1;
    });
    assert.equal((await ask(`${fixture.base}&transport=carrier-pigeon`)).status, 400);
    assert.equal(asked, 0);
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 503);
    assert.equal(fixture.log.at(-1)?.reason, "hook_timed_out");
  });
});

describe("limits and bindings", () => {
  it("an address has so many sessions and no more, until one of them ends", async (context) => {
    const fixture = await serve(context, {
      maxConnectionsPerAddress: 2,
      clientAddress: (r) => String(r.headers["x-real"]),
    });
    const from = (address: string): ReturnType<typeof ask> =>
      ask(`${fixture.base}&transport=polling`, { headers: { "x-real": address } });
    assert.deepEqual([(await from("a")).status, (await from("a")).status, (await from("a")).status], [200, 200, 429]);
    assert.equal(fixture.log.at(-1)?.reason, "too_many_connections");
    assert.equal((await from("b")).status, 200);
    const { session } = await fixture.peers.take("a session");
    assert.equal(session.handshake.address, "a");
    session.close("forced server close");
    const sid = session.id;
    await ask(`${fixture.base}&transport=polling&sid=${sid}`, { headers: { "x-real": "a" } });
    assert.equal((await from("a")).status, 200);
  });

  it("row 190: a session id in other hands opens nothing, and its owner goes on", async (context) => {
    const fixture = await serve(context, { bind: (request) => request.headers.cookie });
    const owner = { cookie: "user=1" };
    const answer = await ask(`${fixture.base}&everwire=1&transport=polling`, { headers: owner });
    const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
    const url = `${fixture.base}&transport=polling&sid=${sid}`;
    for (const headers of [{}, { cookie: "user=2" }]) {
      assert.equal((await post(url, "81\x1e4a", headers)).status, 403);
      assert.equal((await ask(`${url}&turn=1&ack=0`, { headers })).status, 403);
      await assert.rejects(dial(fixture, `&sid=${sid}&turn=1&ack=0`, { headers }), HandshakeError);
      assert.equal(fixture.log.at(-1)?.reason, "binding_refused");
    }
    assert.equal((await post(url, "81\x1e4a", owner)).body, "71");
  });

  it("row 176: with cookies that mean something a script is for our own pages alone", async (context) => {
    const fixture = await serve(context, { jsonp: true, bind: () => undefined });
    const url = `${fixture.base}&everwire=1&transport=jsonp&j=1`;
    assert.equal((await ask(url, { headers: { cookie: "user=1" } })).status, 403);
    const own = await ask(url, { headers: { cookie: "user=1", "sec-fetch-site": "same-origin" } });
    assert.match(own.body, /^\/\*\*\/___eio\[1\]\("0\{/);
    assert.equal((await ask(url)).status, 200);
  });

  for (const j of ["<script>", "0;alert(1)", "1".repeat(10), ""]) {
    it(`row 174: j=${JSON.stringify(j)} is no callback, for stock clients as little`, async (context) => {
      const fixture = await serve(context, { jsonp: true });
      for (const transport of ["polling", "jsonp&everwire=1"]) {
        assert.equal((await ask(`${fixture.base}&transport=${transport}&j=${encodeURIComponent(j)}`)).status, 400);
      }
    });
  }

  it("row 174: without the option a callback is refused, whatever it is", async (context) => {
    const fixture = await serve(context);
    const answer = await ask(`${fixture.base}&transport=polling&j=0`);
    assert.equal(answer.body, '{"code":0,"message":"Transport unknown"}');
  });
});

describe("the session cookie", () => {
  it("is set when a session is opened and at no other time", async (context) => {
    const fixture = await serve(context, { cookie: { name: "io", maxAge: 60 } });
    const answer = await ask(`${fixture.base}&transport=polling`);
    const { session } = await fixture.peers.take("the session");
    assert.deepEqual(answer.headers["set-cookie"], [`io=${session.id}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`]);
    session.send(OutgoingPacket.message("a"));
    const poll = await ask(`${fixture.base}&transport=polling&sid=${session.id}`);
    assert.equal(poll.headers["set-cookie"], undefined);
    const text = raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket"));
    (await fixture.peers.take("the second session")).session.close("forced server close");
    assert.match(await text, /\r\nSet-Cookie: io=[A-Za-z0-9_-]{20}; Path=\//);
  });
});

describe("Engine.IO 3", () => {
  it("is served behind its option alone, and a session keeps to its revision", async (context) => {
    const off = await serve(context);
    const old = off.base.replace("EIO=4", "EIO=3");
    assert.equal((await ask(`${old}&transport=polling`)).body, '{"code":5,"message":"Unsupported protocol version"}');
    const fixture = await serve(context, { allowEIO3: true });
    const answer = await ask(`${fixture.base.replace("EIO=4", "EIO=3")}&transport=polling`);
    assert.match(answer.body, /^\d+:0\{/);
    const { session } = await fixture.peers.take("the session");
    assert.equal((await ask(`${fixture.base}&transport=polling&sid=${session.id}`)).status, 400);
    assert.equal(fixture.log.at(-1)?.reason, "protocol_mismatch");
  });
});

describe("an HTTP/2 server", () => {
  async function serveHttp2(context: TestContext): Promise<{ origin: string; listener: Listener }> {
    const listener = new Listener((session) => ({
      message: (data) => void session.send(OutgoingPacket.message(`echo ${data}`)),
      close() {},
    }));
    const server = http2.createServer();
    listener.attach(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A server that listens on TCP has an address of this form.
    const { port } = server.address() as AddressInfo;
    context.after(async () => {
      await within(listener.close(), "the listener's end");
      server.close();
    });
    return { origin: `http://127.0.0.1:${port}`, listener };
  }

  function fetch2(
    client: http2.ClientHttp2Session,
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> {
    const method = body === undefined ? "GET" : "POST";
    const stream = client.request({ ":path": path, ":method": method }, { endStream: body === undefined });
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
      let status = 0;
      let text = "";
      stream.setEncoding("utf8");
      stream.on("response", (headers) => {
        status = Number(headers[":status"]);
      });
      stream.on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("end", () => resolve({ status, text })).on("error", reject);
    });
    if (body !== undefined) stream.end(body);
    return within(answered, `${method} ${path}`);
  }

  it("carries polls, streams and WebSockets, and answers other paths", async (context) => {
    const { origin } = await serveHttp2(context);
    const client = http2.connect(origin);
    context.after(() => client.destroy());
    const open = await fetch2(client, "/socket.io/?EIO=4&everwire=1&transport=polling");
    const { sid }: { sid: string } = JSON.parse(open.text.slice(1));
    const at = `/socket.io/?EIO=4&sid=${sid}`;
    assert.equal((await fetch2(client, `${at}&transport=polling`, "81\x1e4a")).text, "71");
    assert.equal((await fetch2(client, `${at}&transport=polling&turn=1&ack=0`)).text, "81\x1e4echo a");
    assert.equal((await fetch2(client, "/elsewhere")).status, 404);
    await within(new Promise<void>((resolve) => client.once("remoteSettings", () => resolve())), "settings").catch(
      () => {},
    );
    const tunnel = client.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":path": `${at}&transport=websocket&turn=2&ack=1`,
      "sec-websocket-version": "13",
    });
    const status = new Promise<number>((resolve) =>
      tunnel.once("response", (headers) => resolve(Number(headers[":status"]))),
    );
    assert.equal(await within(status, "the tunnel"), 200);
    const first = new Promise<Buffer>((resolve) => tunnel.once("data", resolve));
    assert.equal(String((await within(first, "a frame")).subarray(2, 4)), "82");
    tunnel.destroy();
  });

  it("loses no answer of a stock poll, and repeats none", async (context) => {
    const { origin } = await serveHttp2(context);
    const client = http2.connect(origin);
    context.after(() => client.destroy());
    const open = await fetch2(client, "/socket.io/?EIO=4&transport=polling");
    const { sid }: { sid: string } = JSON.parse(open.text.slice(1));
    const at = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    for (const text of ["a", "b", "c"]) {
      assert.equal((await fetch2(client, at, `4${text}`)).text, "ok");
      assert.equal((await fetch2(client, at)).text, `4echo ${text}`);
    }
  });
});

describe("a session that is polled", () => {
  it("still upgrades as stock clients do", async (context) => {
    const fixture = await serve(context);
    const { handshake } = await openPolling(fixture);
    assert.deepEqual(handshake.upgrades, ["websocket"]);
    const socket = await connect(
      `ws://127.0.0.1:${fixture.port}/engine.io/?EIO=4&transport=websocket&sid=${handshake.sid}`,
    );
    const probed = new Promise((resolve) => socket.start({ message: resolve, close() {} }));
    socket.send("2probe");
    assert.equal(await within(probed, "3probe"), "3probe");
    socket.terminate();
  });
});
