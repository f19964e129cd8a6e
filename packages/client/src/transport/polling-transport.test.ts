import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EnginePacket } from "@everwire/protocol";
import type { Connector, PlatformRequest, PlatformResponse } from "./connector.ts";
import { PollingTransport } from "./polling-transport.ts";
import { settled, TestClock } from "./test-clock.test.ts";

interface Exchange {
  readonly request: PlatformRequest;
  readonly answer: (body: string, status?: number) => Promise<void>;
  readonly fail: () => Promise<void>;
}

const OPEN = '0{"sid":"s1","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":10}';

async function start() {
  const exchanges: Exchange[] = [];
  const connector: Connector = {
    maxMessageBytes: 1_000,
    page: undefined,
    events: undefined,
    stream: () => assert.fail("no stream here"),
    dial: () => assert.fail("no WebSocket here"),
    request: (request) =>
      new Promise<PlatformResponse>((resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")));
        exchanges.push({
          request,
          answer: (body, status = 200) => {
            resolve({ status, body });
            return settled();
          },
          fail: () => {
            reject(new Error("no network"));
            return settled();
          },
        });
      }),
  };
  const clock = new TestClock();
  const seen: string[] = [];
  const transport = new PollingTransport(
    "http://a/?x",
    undefined,
    { connector, clock, requestTimeout: 100 },
    {
      open: () => seen.push("open"),
      packet: ({ type, data }) => {
        seen.push(`${type} ${typeof data === "string" ? data : data.length}`.trim());
        if (type === "open") transport.adopt("s1");
      },
      drain: () => seen.push("drain"),
      ended: () => seen.push("ended"),
      close: (failure) => seen.push(`close ${failure}`),
    },
  );
  transport.open();
  /** The oldest exchange nobody has taken. */
  const take = (): Exchange => exchanges.shift() ?? assert.fail("no request");
  return { transport, clock, seen, exchanges, take };
}

async function open() {
  const run = await start();
  await run.take().answer(OPEN);
  run.seen.length = 0;
  return run;
}

const message = (data: string | Uint8Array): EnginePacket => ({ type: "message", data });

describe("polling", () => {
  it("is open with the first answer and always has one GET waiting", async () => {
    const { seen, take, exchanges, transport } = await start();
    assert.equal(transport.writable, false);
    const first = take();
    assert.equal(first.request.url, "http://a/?x");
    await first.answer(OPEN);
    assert.deepEqual(seen.slice(0, 1), ["open"]);
    assert.equal(exchanges.length, 1);
    const second = take();
    assert.equal(second.request.url, "http://a/?x&sid=s1");
    await second.answer("4a\x1ebAQID\x1e6");
    assert.deepEqual(seen.slice(2), ["message a", "message 3", "noop"]);
    assert.equal(exchanges.length, 1);
  });

  it("posts one batch at a time, each within maxPayload unless a packet alone exceeds it", async () => {
    const { transport, take, seen } = await open();
    take();
    const packets = [message("abc"), message(new Uint8Array(3)), message("é"), message("0123456789"), message("x")];
    assert.equal(transport.send(packets, 10), 2);
    assert.equal(transport.writable, false);
    const post = take();
    assert.equal(post.request.body, "4abc\x1ebAAAA");
    await post.answer("ok");
    assert.deepEqual(seen, ["drain"]);
    assert.equal(transport.send(packets.slice(2), 10), 1);
    await take().answer("ok");
    assert.equal(transport.send(packets.slice(3), 10), 1);
    await take().answer("ok");
  });

  for (const [what, body] of [
    ["an unknown packet", "9"],
    ["an empty packet", "4a\x1e\x1e4b"],
    ["invalid base64", "b?"],
    ["an empty body", ""],
  ] as const) {
    it(`ends with a parse error at ${what}`, async () => {
      const { seen, take } = await open();
      await take().answer(body);
      assert.equal(seen.at(-1), "close parse_error");
    });
  }

  it("ends when a request fails or is refused", async () => {
    const failed = await open();
    await failed.take().fail();
    assert.deepEqual(failed.seen, ["close request_failed"]);
    const refused = await open();
    await refused.take().answer('{"code":1}', 400);
    assert.deepEqual(refused.seen, ["close request_failed"]);
    const unopened = await start();
    await unopened.take().answer('{"code":4}', 400);
    assert.deepEqual(unopened.seen, ["close open_refused"]);
    const unreachable = await start();
    await unreachable.take().fail();
    assert.deepEqual(unreachable.seen, ["close open_failed"]);
  });

  it("ends when a POST is not answered in time", async () => {
    const { transport, clock, seen } = await open();
    transport.send([message("a")], 10);
    await clock.pass(100);
    assert.deepEqual(seen, ["close request_failed"]);
  });

  it("pauses when neither a GET nor a POST is under way, delivering what still comes", async () => {
    const { transport, take, seen, exchanges } = await open();
    const get = take();
    transport.send([message("a")], 10);
    const post = take();
    transport.pause(() => seen.push("paused"));
    assert.equal(transport.writable, false);
    await get.answer("4last");
    assert.deepEqual(seen, ["message last"]);
    await post.answer("ok");
    assert.deepEqual(seen, ["message last", "paused"]);
    assert.equal(exchanges.length, 0);
    transport.resume();
    assert.equal(exchanges.length, 1);
    assert.equal(transport.writable, true);
  });

  it("resumed before it has paused keeps its GET and does not start a second", async () => {
    const { transport, take, seen, exchanges } = await open();
    const get = take();
    transport.pause(() => seen.push("paused"));
    transport.resume();
    assert.equal(exchanges.length, 0);
    await get.answer("6");
    assert.equal(exchanges.length, 1);
    assert.deepEqual(seen, ["noop"]);
  });

  it("closes with a packet that outlives the page, then gives the GET up, and reports nothing", async () => {
    const { transport, take, seen, clock } = await open();
    const get = take();
    transport.close();
    const post = take();
    assert.deepEqual([post.request.body, post.request.last], ["1", true]);
    assert.equal(get.request.signal.aborted, false);
    await post.answer("ok");
    assert.equal(get.request.signal.aborted, true);
    assert.deepEqual(seen, []);
    assert.equal(clock.pending, 0);
  });

  it("closed after the server has closed sends nothing", async () => {
    const { transport, take, seen, exchanges } = await open();
    await take().answer("1");
    transport.close();
    assert.deepEqual(seen, ["close"]);
    assert.ok(exchanges.every(({ request }) => request.body === undefined && request.signal.aborted));
  });

  it("closed before it was open gives up at once", async () => {
    const { transport, take, seen, exchanges } = await start();
    transport.close();
    assert.equal(take().request.signal.aborted, true);
    await settled();
    assert.deepEqual([seen, exchanges.length], [[], 0]);
  });
});
