import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { describe, it } from "node:test";
import { AdmissionRefusal } from "../failures.ts";
import {
  ask,
  dial,
  Inbox,
  nextRequest,
  openPolling,
  openWebSocket,
  post,
  raw,
  serve,
  until,
  upgradeRequest,
  within,
} from "../harness.test.ts";
import { Listener } from "./listener.ts";

describe("allowRequest", () => {
  it("refuses with its own words, for requests and upgrades", async (context) => {
    const fixture = await serve(context, {
      allowRequest: (request) => {
        if (request.headers["x-token"] !== "good") throw new AdmissionRefusal('no "token"');
      },
    });
    const answer = await ask(`${fixture.base}&transport=polling`);
    assert.deepEqual([answer.status, answer.body], [403, '{"code":4,"message":"no \\"token\\""}']);
    assert.match(
      await raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket")),
      /^HTTP\/1\.1 403 [\s\S]*no "token"$/,
    );
    assert.equal((await ask(`${fixture.base}&transport=polling`, { headers: { "x-token": "good" } })).status, 200);
  });

  it("is asked once per session, not per request", async (context) => {
    let asked = 0;
    const fixture = await serve(context, { allowRequest: async () => void asked++ });
    const { peer, url } = await openPolling(fixture);
    assert.equal((await post(url, "4x")).body, "ok");
    const wire = await dial(fixture, `&sid=${peer.session.id}`);
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    assert.equal(asked, 1);
  });

  it("36: a fault of it is 500, and the application hears of its error once", async (context) => {
    const error = new Error("database down");
    const fixture = await serve(context, {
      allowRequest: async () => {
        throw error;
      },
    });
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 500);
    assert.match(await raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket")), /^HTTP\/1\.1 500 /);
    assert.deepEqual(
      fixture.log.map((entry) => [entry.reason, entry.level, entry.error]),
      [
        ["hook_failed", "error", error],
        ["hook_failed", "error", error],
      ],
    );
    assert.equal(fixture.listener.refusals.get("hook_failed"), 2);
  });

  it("35: no answer in time is 503, and its signal is aborted", async (context) => {
    const signals: AbortSignal[] = [];
    const fixture = await serve(context, {
      pingTimeout: 4000,
      allowRequestTimeout: 30,
      allowRequest: (_, _answer, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 503);
    assert.match(await raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket")), /^HTTP\/1\.1 503 /);
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [true, true],
    );
    assert.equal(fixture.listener.sessions, 0);
  });

  for (const request of [
    "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n",
    upgradeRequest("/engine.io/?EIO=4&transport=websocket"),
  ]) {
    it(`37: a client that leaves aborts it and gets no session (${request.includes("Upgrade") ? "upgrade" : "request"})`, async (context) => {
      const signals = new Inbox<AbortSignal>();
      const fixture = await serve(context, {
        allowRequest: (_, _answer, signal) => {
          signals.put(signal);
          return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        },
      });
      const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
      socket.write(request);
      const signal = await signals.take("the hook");
      socket.end();
      await until(() => signal.aborted, "the abort");
      await until(() => fixture.log.some((entry) => entry.reason === "aborted"), "the log entry");
      assert.equal(fixture.listener.sessions, 0);
      socket.destroy();
    });
  }
});

describe("a listener attached to a server", () => {
  it("leaves other paths to the listeners the server had", async (context) => {
    const server = http.createServer((_, response) => response.end("the application"));
    const listener = new Listener(() => ({ message() {}, close() {} }), { path: "/engine.io" });
    listener.attach(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    context.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const base = `http://127.0.0.1:${address.port}`;
    assert.equal((await ask(`${base}/`)).body, "the application");
    assert.equal((await ask(`${base}/engine.io/client.js`)).body, "the application");
    assert.equal((await ask(`${base}/engine.iox`)).body, "the application");
    assert.equal((await ask(`${base}/engine.io/?EIO=4&transport=polling`)).status, 200);
    assert.equal((await ask(`${base}/engine.io?EIO=4&transport=polling`)).status, 200);
    assert.equal(server.headersTimeout, 10_000);
    await listener.close();
    assert.equal((await ask(`${base}/engine.io/?EIO=4&transport=polling`)).body, "the application");
  });

  it("calls a listener that was added for one request for one request", async (context) => {
    const server = http.createServer((_, response) => response.end("the application"));
    let calls = 0;
    server.once("request", () => calls++);
    new Listener(() => ({ message() {}, close() {} })).attach(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    context.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    for (let round = 0; round < 3; round++) await ask(`http://127.0.0.1:${address.port}/`);
    assert.equal(calls, 1);
  });

  it("loses nothing to a listener that was added later and answers a poll", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    fixture.server.once("request", (_, response) => {
      peer.send("kept");
      response.writeHead(404).end();
    });
    assert.equal((await ask(url)).status, 404);
    assert.equal((await ask(url)).body, "4kept");
  });

  it("answers 404 where nobody else is there to answer", async (context) => {
    const fixture = await serve(context);
    assert.equal((await ask(`http://127.0.0.1:${fixture.port}/`)).status, 404);
  });

  it("31: refuses an upgrade to an unknown path at once when nobody else could take it", async (context) => {
    const fixture = await serve(context);
    assert.match(await raw(fixture.port, upgradeRequest("/elsewhere")), /^HTTP\/1\.1 404 /);
  });

  it("gives others a second to take an upgrade, then destroys it", async (context) => {
    const fixture = await serve(context);
    fixture.server.on("upgrade", (request, socket) => {
      if (request.url === "/taken") socket.write("taken");
    });
    const taken = net.connect(fixture.port, "127.0.0.1");
    taken.write(upgradeRequest("/taken"));
    assert.equal(await raw(fixture.port, upgradeRequest("/elsewhere")), "");
    assert.equal(taken.destroyed, false);
    taken.destroy();
  });

  it("34: processes nothing that came with a refused upgrade, and survives a reset", async (context) => {
    const fixture = await serve(context);
    const answer = await raw(fixture.port, `${upgradeRequest("/engine.io/?EIO=4&transport=x")}\x81\x83\0\0\0\x004hi`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    socket.write(upgradeRequest("/engine.io/?EIO=4&transport=x"), () => socket.resetAndDestroy());
    await openWebSocket(fixture);
    assert.equal(fixture.listener.sessions, 1);
  });
});

describe("a listener", () => {
  it("answers 500 and keeps nothing when the application throws instead of taking a session", async (context) => {
    const fixture = await serve(context, {
      handler: () => {
        throw new Error("no handler");
      },
    });
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 500);
    const wire = await dial(fixture);
    await wire.closed.take("the close");
    await until(() => fixture.listener.sessions === 0, "no session");
    assert.equal(fixture.listener.refusals.get("handler_failed"), 2);
  });

  it("carries twenty sessions at once, each its own messages", async (context) => {
    const fixture = await serve(context, { echo: true });
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const wire = index % 2 === 0 ? await dial(fixture) : undefined;
        await wire?.next("the open packet");
        const opened = wire === undefined ? await ask(`${fixture.base}&transport=polling`) : undefined;
        const url = `${fixture.base}&transport=polling&sid=${opened?.body.slice(9, 29)}`;
        for (let round = 0; round < 20; round++) {
          const text = `4${index}:${round}`;
          if (wire === undefined) {
            assert.equal((await post(url, text)).body, "ok");
            assert.equal((await ask(url)).body, text);
          } else {
            wire.send(text);
            assert.equal(await wire.next(), text);
          }
        }
      }),
    );
    assert.equal(fixture.listener.sessions, 20);
  });

  it("closes every session, answers waiting polls, refuses what comes, and resolves when all are gone", async (context) => {
    const fixture = await serve(context);
    const first = await openPolling(fixture);
    const seen = nextRequest(fixture);
    const poll = ask(first.url);
    await seen;
    const idle = await openPolling(fixture);
    const over = await openWebSocket(fixture);
    const closing = fixture.listener.close();
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 503);
    await within(closing, "the close");
    assert.equal(fixture.listener.sessions, 0);
    assert.equal((await poll).body, "1");
    await over.wire.closed.take("the end of the WebSocket");
    for (const peer of [first.peer, idle.peer, over.peer]) {
      assert.equal((await peer.closed.take("the close")).reason, "server shutting down");
      assert.deepEqual(peer.calls, ["close"]);
    }
    assert.equal(fixture.listener.close(), fixture.listener.close());
  });

  it("holds no process open after its close", async (context) => {
    const code = `
      import http from "node:http";
      const { Listener } = await import(${JSON.stringify(new URL("../index.js", import.meta.url).href)});
      const server = http.createServer();
      const listener = new Listener(() => ({ message() {}, close() {} }));
      listener.attach(server);
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      const base = "http://127.0.0.1:" + server.address().port + "/socket.io/?EIO=4&transport=polling";
      const body = await (await fetch(base)).text();
      const poll = fetch(base + "&sid=" + body.slice(9, 29)).then((answer) => answer.text());
      await new Promise((resolve) => server.once("request", resolve));
      await listener.close();
      console.log(await poll);
      server.close();
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    context.after(() => child.kill("SIGKILL"));
    const exit = await within(new Promise((resolve) => child.on("exit", resolve)), "the process to exit by itself");
    assert.equal(exit, 0);
    assert.equal(output, "1\n");
  });
});
