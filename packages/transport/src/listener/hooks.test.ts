import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import net from "node:net";
import { describe, it } from "node:test";
import { failure } from "../failures.ts";
import { ask, dial, openPolling, post, raw, serve, until, upgradeRequest } from "../harness.test.ts";
import type { ListenerOptions } from "../session/listener-options.ts";
import type { RequestRefusal } from "./listener.ts";

const POLLING = "&transport=polling";
const UPGRADE = upgradeRequest("/engine.io/?EIO=4&transport=websocket");

describe("allowRequest with a second parameter", () => {
  it("decides by calling it, once, at once or later, whatever it returns before", async (context) => {
    const decided: Partial<ListenerOptions>["allowRequest"] = (request, answer) => {
      const [message = "", allow] = String(request.headers["x-say"]).split(" ");
      if (message === "now") answer(null, allow === "yes");
      else queueMicrotask(() => answer(message, allow === "yes"));
      answer(null, false);
    };
    const later: typeof decided = async (_request, answer) => void setImmediate(() => answer("later", false));
    const fixture = await serve(context, { allowRequest: decided });
    const asked = (say: string) => ask(fixture.base + POLLING, { headers: { "x-say": say } });
    assert.equal((await asked("now yes")).status, 200);
    assert.equal((await asked("now no")).body, '{"code":4,"message":"Forbidden"}');
    assert.equal((await asked("soon yes")).body, '{"code":4,"message":"Forbidden"}');
    const slow = await serve(context, { allowRequest: later });
    assert.equal((await ask(slow.base + POLLING)).body, '{"code":4,"message":"later"}');
    assert.match(await raw(slow.port, UPGRADE), /^HTTP\/1\.1 403 [\s\S]*later$/);
  });

  it("may return its decision instead", async (context) => {
    for (const [allowRequest, status] of [
      [() => false, 403],
      [() => true, 200],
      [async (_request: IncomingMessage, _answer: unknown, signal: AbortSignal) => !signal.aborted, 200],
      [async (_request: IncomingMessage, _answer: unknown) => false, 403],
    ] as const) {
      const fixture = await serve(context, { allowRequest });
      assert.equal((await ask(fixture.base + POLLING)).status, status);
    }
  });
});

describe("generateId", () => {
  it("names sessions, at once or later, in the answer and in later requests", async (context) => {
    let count = 0;
    const next = (): string => `c0ffee00-0000-4000-8000-00000000000${count++}`;
    for (const generateId of [next, async () => next()]) {
      const fixture = await serve(context, { generateId });
      const { peer, url } = await openPolling(fixture);
      assert.match(peer.session.id, /^c0ffee00-/);
      assert.equal((await post(url, "4x")).body, "ok");
      const wire = await dial(fixture);
      assert.match(String(await wire.next()), /"sid":"c0ffee00-/);
    }
    assert.equal(count, 4);
  });

  it("is refused when it throws, rejects, repeats itself or gives what is no id", async (context) => {
    const fault = new Error("no numbers left");
    const repeated = "a".repeat(20);
    for (const generateId of [
      () => {
        throw fault;
      },
      () => Promise.reject(fault),
      () => "short",
      () => "with spaces in the middle of it",
      async () => "x".repeat(65),
    ]) {
      const fixture = await serve(context, { generateId });
      const answer = await ask(fixture.base + POLLING);
      assert.deepEqual([answer.status, answer.body], [400, '{"code":3,"message":"Bad request"}']);
      assert.match(await raw(fixture.port, UPGRADE), /^HTTP\/1\.1 400 /);
      assert.deepEqual([fixture.log.at(-1)?.reason, fixture.listener.sessions], ["id_failed", 0]);
    }
    const fixture = await serve(context, { generateId: () => repeated });
    assert.equal((await ask(fixture.base + POLLING)).status, 200);
    assert.equal((await ask(fixture.base + POLLING)).status, 400);
  });

  it("that never answers costs a request its time and no more, and a client that leaves opens nothing", async (context) => {
    const asked: IncomingMessage[] = [];
    const fixture = await serve(context, {
      allowRequestTimeout: 30,
      generateId: (request) => {
        asked.push(request);
        return new Promise(() => {});
      },
    });
    assert.equal((await ask(fixture.base + POLLING)).status, 503);
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    socket.write(UPGRADE);
    await until(() => asked.length === 2, "the question");
    socket.destroy();
    await until(() => fixture.log.some(({ reason }) => reason === "aborted"), "the log entry");
    assert.equal(fixture.listener.sessions, 0);
  });

  it("lets nobody pass the limit of an address who comes while it thinks", async (context) => {
    let count = 0;
    let name = (): void => {};
    const ready = new Promise<void>((resolve) => {
      name = resolve;
    });
    const fixture = await serve(context, {
      maxConnectionsPerAddress: 2,
      generateId: async () => {
        if (++count === 5) name();
        await ready;
        return `c0ffee00-0000-4000-8000-${String(++count).padStart(12, "0")}`;
      },
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(fixture.base + POLLING)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 429, 429, 429]);
    assert.equal(fixture.listener.sessions, 2);
  });

  it("may be replaced on the listener", async (context) => {
    const fixture = await serve(context);
    fixture.listener.generateId = (request) => `${request.method}-0123456789abcdef`;
    const { peer } = await openPolling(fixture);
    assert.equal(peer.session.id, "GET-0123456789abcdef");
  });
});

describe("the request that opened a session", () => {
  for (const [name, options, middleware, kept] of [
    ["is not kept", {}, false, false],
    ["is kept when the option says so", { keepRequest: true }, false, true],
    ["is kept when there is a middleware, with what that attached to it", {}, true, true],
    ["is not kept when the option says so", { keepRequest: false }, true, false],
  ] as const) {
    it(name, async (context) => {
      const fixture = await serve(context, options);
      const seen: IncomingMessage[] = [];
      if (middleware) {
        fixture.listener.use((request, _response, next) => {
          seen.push(Object.assign(request, { session: { user: "ada" } }));
          next();
        });
      }
      const { peer } = await openPolling(fixture);
      const { request } = peer.session.handshake;
      assert.equal(request !== undefined, kept);
      if (kept && middleware) assert.equal(request, seen[0]);
      const wire = await dial(fixture);
      await wire.next();
      const { session } = await fixture.peers.take("the session");
      assert.equal(session.handshake.request?.url, kept ? "/engine.io/?EIO=4&transport=websocket" : undefined);
    });
  }
});

it("each refusal of a request is told, also those that the log leaves out", async (context) => {
  const fixture = await serve(context);
  const refusals: RequestRefusal[] = [];
  fixture.listener.watchRefusals((refusal) => refusals.push(refusal));
  for (let i = 0; i < 12; i++) await ask(`${fixture.base}&transport=carrier-pigeon`);
  assert.equal(refusals.length, 12);
  assert.equal(fixture.log.length, 10);
  const [first] = refusals;
  assert.deepEqual([first?.row, first?.request.method], [failure("transport_unknown"), "GET"]);
});

it("a listener that takes nobody new goes on with those who are there", async (context) => {
  const fixture = await serve(context);
  const { peer, url } = await openPolling(fixture);
  fixture.listener.refuseNew();
  const refused = await ask(fixture.base + POLLING);
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "5"]);
  assert.match(await raw(fixture.port, UPGRADE), /^HTTP\/1\.1 503 [\s\S]*takes no new ones$/);
  assert.equal((await post(url, "4x")).body, "ok");
  assert.equal(await peer.messages.take("the message"), "x");
  const emptied = Promise.all([fixture.listener.emptied(), fixture.listener.emptied()]);
  peer.session.close("forced server close");
  assert.match((await ask(url)).body, /1$/);
  await emptied;
});
