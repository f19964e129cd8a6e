import assert from "node:assert/strict";
import { Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { ask, httpProxy, RawClient, told, until } from "./test-peers.test.ts";

/** Answers with the method, the path and the body; counts what came. */
function reflector(seen: string[] = []): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      response.end(`${seen.length}: ${seen.at(-1)}`);
    });
  };
}

/** One whose responses are written by the test. */
function open(responses: ServerResponse[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (_request, response) => {
    responses.push(response);
    response.flushHeaders();
  };
}

describe("HTTP without faults", () => {
  it("passes requests of every form, one after another on one connection", async (t) => {
    const proxy = await httpProxy(t, reflector());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    assert.equal((await ask(proxy, "/a", { agent })).body, "1: GET /a");
    const long = "x".repeat(300_000);
    const posted = await ask(proxy, "/b", { agent, method: "POST", body: ["chunks ", long] });
    assert.equal(posted.body, `2: POST /b chunks ${long}`);
    const { body } = await ask(proxy, "/d", { agent, method: "PUT", body: "abc", headers: { "content-length": "3" } });
    assert.equal(body, "3: PUT /d abc");
    const connection = proxy.connections.at(0);
    assert.deepEqual([connection?.requests, connection?.request], [3, "PUT /d HTTP/1.1"]);
  });

  it("knows that nothing follows the head of an answer to HEAD", async (t) => {
    const proxy = await httpProxy(t, (_request, response) => void response.setHeader("content-length", "9").end());
    const client = new RawClient(t, proxy);
    client.socket.write("HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("both answered", () => client.text.match(/HTTP\/1.1 200/g)?.length === 2);
  });

  it("answers pipelined requests in order, also between answers of its own", async (t) => {
    const proxy = await httpProxy(t, reflector(), { injectStatus: 503, only: "GET /2" });
    const client = new RawClient(t, proxy);
    for (const path of [1, 2, 3]) client.socket.write(`GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.receives("2: GET /3");
    assert.deepEqual(client.text.match(/HTTP\/1.1 \d+|\d: GET \/\d/g), [
      "HTTP/1.1 200",
      "1: GET /1",
      "HTTP/1.1 503",
      "HTTP/1.1 200",
      "2: GET /3",
    ]);
  });

  it("tells the server at once of a client that gives up", async (t) => {
    const responses: ServerResponse[] = [];
    const proxy = await httpProxy(t, (_request, response) => void responses.push(response));
    const client = new RawClient(t, proxy);
    client.socket.write("GET /poll HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("asked", () => responses.length === 1);
    client.socket.destroy();
    await until("noticed", () => responses[0]?.destroyed === true);
  });

  it("waits for what follows an interim response", async (t) => {
    const proxy = await httpProxy(t, (_request, response) => {
      response.writeProcessing();
      response.end("final");
    });
    assert.equal((await ask(proxy, "/")).body, "final");
  });

  it("survives peers that talk nonsense", async (t) => {
    const proxy = await httpProxy(t, reflector());
    const LINES = [
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "\r\n\r\n\0",
      "GET / HTTP/1.1\r\n",
      ": :",
    ];
    for (const text of LINES) {
      const client = new RawClient(t, proxy);
      client.socket.end(text);
      await until("ended", () => client.ended !== undefined);
      client.socket.destroy();
    }
    assert.equal((await ask(proxy, "/alive")).status, 200);
  });
});

describe("a fault of HTTP", () => {
  it("only: leaves other requests alone", async (t) => {
    const proxy = await httpProxy(t, reflector(), { injectStatus: 502, only: /^POST/g });
    for (const _ of [1, 2]) {
      assert.equal((await ask(proxy, "/")).status, 200);
      assert.equal((await ask(proxy, "/", { method: "POST", body: "x" })).status, 502);
    }
  });

  it("injectStatus: as often as it is told to, the same for the same seed", async (t) => {
    const runs = [];
    for (const _ of [1, 2]) {
      const injectStatus = { status: [502, 503, 504], probability: 0.5 };
      const proxy = await httpProxy(t, reflector(), { injectStatus, seed: 42 });
      const statuses: number[] = [];
      for (let at = 0; at < 40; at++) statuses.push((await ask(proxy, "/")).status);
      assert.deepEqual([...new Set(statuses)].sort(), [200, 502, 503, 504]);
      assert.equal(told(proxy, "injectStatus").length, statuses.filter((status) => status !== 200).length);
      runs.push(statuses);
    }
    assert.deepEqual(runs[0], runs[1]);
  });

  it("injectStatus: reads the body first, so that the connection goes on", async (t) => {
    const seen: string[] = [];
    const proxy = await httpProxy(t, reflector(seen), { injectStatus: 503 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const refused = await ask(proxy, "/", { agent, method: "POST", body: ["a", "x".repeat(200_000)] });
    assert.deepEqual([refused.status, refused.body], [503, "503 Service Unavailable"]);
    assert.equal((await ask(proxy, "/", { agent, method: "HEAD" })).status, 503);
    proxy.set({});
    assert.equal((await ask(proxy, "/", { agent })).body, "1: GET /");
    assert.equal(proxy.log.filter(({ what }) => what === "open").length, 1);
  });

  for (const faults of [{ injectStatus: 503 }, { bufferRequests: true }, { duplicateRequests: true }] as const) {
    it(`${Object.keys(faults)[0]}: invites a client that waits to be told to go on`, async (t) => {
      const proxy = await httpProxy(t, reflector(), faults);
      const client = new RawClient(t, proxy);
      client.socket.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
      await client.receives("HTTP/1.1 100 Continue");
      client.socket.write("abc");
      await until("answered", () => /HTTP\/1.1 (200|503)/.test(client.text));
    });
  }

  it("stripHeaders: from requests and from responses", async (t) => {
    const proxy = await httpProxy(
      t,
      (request, response) => void response.setHeader("X-Secret", "1").end(String(request.headers["x-token"])),
      { stripHeaders: ["X-Token", "x-secret"] },
    );
    const { headers, body } = await ask(proxy, "/", { headers: { "X-TOKEN": "t" } });
    assert.deepEqual([body, headers["x-secret"]], ["undefined", undefined]);
    assert.equal(told(proxy, "stripHeaders").length, 2);
  });

  it("bufferResponses: holds a stream until it is complete", async (t) => {
    const responses: ServerResponse[] = [];
    const proxy = await httpProxy(t, open(responses), { bufferResponses: true });
    const client = new RawClient(t, proxy);
    client.socket.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.receives("\r\n\r\n");
    responses[0]?.write("first");
    responses[0]?.write("second");
    await until("held", () => told(proxy, "bufferResponses").length === 1);
    assert.ok(!client.text.includes("first"));
    responses[0]?.end("third");
    await client.receives("third");
    await client.receives("first");
  });

  it("bufferResponses: goes on by bytes, by time, and when it is off; the head with the body if asked", async (t) => {
    const responses: ServerResponse[] = [];
    const proxy = await httpProxy(t, open(responses), { bufferResponses: { bytes: 1000, head: true } });
    const client = new RawClient(t, proxy);
    client.socket.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("asked", () => responses.length === 1);
    responses[0]?.write("few bytes");
    await until("held", () => told(proxy, "bufferResponses").length === 1);
    assert.equal(client.text, "");
    responses[0]?.write("x".repeat(1000));
    await client.receives("few bytes");
    proxy.set({ bufferResponses: { ms: 20 } });
    responses[0]?.write("after some time");
    await client.receives("after some time");
    proxy.set({ bufferResponses: true });
    responses[0]?.write("never");
    proxy.set({});
    await client.receives("never");
    responses[0]?.write("at once");
    await client.receives("at once");
  });

  it("bufferResponses: what was held is not lost when the server ends in the middle", async (t) => {
    const responses: ServerResponse[] = [];
    const proxy = await httpProxy(t, open(responses), { bufferResponses: true });
    const client = new RawClient(t, proxy);
    client.socket.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("asked", () => responses.length === 1);
    responses[0]?.write("held");
    responses[0]?.socket?.end();
    await client.receives("held");
    await client.isEnded("fin");
  });

  it("bufferRequests: the server sees a request when it is complete", async (t) => {
    const seen: string[] = [];
    let asked = 0;
    const reflect = reflector(seen);
    const proxy = await httpProxy(
      t,
      (request, response) => {
        asked++;
        reflect(request, response);
      },
      { bufferRequests: true },
    );
    const client = new RawClient(t, proxy);
    client.socket.write("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
    await until("held", () => told(proxy, "bufferRequests").length === 1);
    assert.equal((await ask(proxy, "/other")).body, "1: GET /other");
    assert.equal(asked, 1);
    client.socket.write("def");
    await client.receives("POST /up abcdef");
  });

  const sent = (chunked: boolean) => (_request: IncomingMessage, response: ServerResponse) => {
    if (chunked) for (const part of ["0123", "4567", "89"]) response.write(part);
    response.end(chunked ? "" : "0123456789");
  };
  for (const chunked of [true, false]) {
    const form = chunked ? "chunked" : "of a known length";
    for (const how of ["fin", "rst"] as const) {
      it(`truncate: a body ${form} ends in the middle (${how})`, async (t) => {
        const proxy = await httpProxy(t, sent(chunked), { truncate: { bytes: 5, how } });
        const { body, isCut } = await ask(proxy, "/");
        assert.equal(isCut, true);
        // A reset may overtake bytes that are on their way.
        assert.ok(how === "rst" ? "01234".startsWith(body) : body === "01234", body);
      });
    }

    it(`truncate: a body ${form} is complete, but short`, async (t) => {
      const proxy = await httpProxy(t, sent(chunked), { truncate: { bytes: 5, how: "complete" } });
      const { body, isCut } = await ask(proxy, "/");
      assert.deepEqual([body, isCut], ["01234", false]);
    });

    it(`truncate: a body ${form} stops and the connection stays`, async (t) => {
      const proxy = await httpProxy(t, sent(chunked), { truncate: { bytes: 5, how: "silent" } });
      const client = new RawClient(t, proxy);
      client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.receives("4");
      await until("silent", () => told(proxy, "truncate").length === 1);
      const [, body = ""] = client.text.split("\r\n\r\n");
      assert.deepEqual([body.includes("5"), client.ended], [false, undefined]);
    });

    it(`truncate: a body ${form} that is short enough is left alone`, async (t) => {
      const proxy = await httpProxy(t, sent(chunked), { truncate: { bytes: 10, how: "complete" } });
      const { body, isCut } = await ask(proxy, "/");
      assert.deepEqual([body, isCut], ["0123456789", false]);
      assert.deepEqual(told(proxy, "truncate"), []);
    });
  }

  for (const parallel of [false, true]) {
    it(`duplicateRequests: the server gets a POST twice, the client one answer (parallel: ${parallel})`, async (t) => {
      const seen: string[] = [];
      const proxy = await httpProxy(t, reflector(seen), { duplicateRequests: { parallel } });
      const { body } = await ask(proxy, "/pay", { method: "POST", body: ["one ", "euro"] });
      await until("both there", () => seen.length === 2 && told(proxy, "duplicateRequests").length === 1);
      assert.deepEqual(seen, ["POST /pay one euro", "POST /pay one euro"]);
      if (!parallel) assert.equal(body, "2: POST /pay one euro");
      assert.equal((await ask(proxy, "/")).body, "3: GET /");
    });
  }

  it("duplicateRequests: a long request is sent once", async (t) => {
    const seen: string[] = [];
    const proxy = await httpProxy(t, reflector(seen), { duplicateRequests: true });
    const { body } = await ask(proxy, "/", { method: "POST", body: "x".repeat(2_000_000) });
    assert.equal(body.length, "1: POST / ".length + 2_000_000);
    assert.equal(seen.length, 1);
  });
});
