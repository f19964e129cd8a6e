import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NumberedLink } from "../packet/numbered-link.ts";
import type { PlatformResponse } from "../transport/connector.ts";
import { settled, TestClock } from "../transport/test-clock.test.ts";
import { HttpUplink, type UplinkSetup } from "./http-uplink.ts";

interface Exchange {
  readonly body: string;
  readonly signal: AbortSignal;
  readonly answer: (body: string, status?: number) => Promise<void>;
  readonly fail: () => Promise<void>;
}

function start(options: Partial<UplinkSetup> = {}) {
  const clock = new TestClock();
  const link = new NumberedLink();
  const exchanges: Exchange[] = [];
  const seen: string[] = [];
  const silences: number[] = [];
  const post = (body: string, signal: AbortSignal): Promise<PlatformResponse> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      exchanges.push({
        body: body.replaceAll("\x1e", "|"),
        signal,
        answer: (text, status = 200) => {
          resolve({ status, body: text });
          return settled();
        },
        fail: () => {
          reject(new Error("no network"));
          return settled();
        },
      });
    });
  const by = (): typeof post => post;
  const setup = {
    clock,
    link,
    timeout: 1_000,
    maxPayload: 100,
    random: () => 0.5,
    by,
    numbered: () => true,
    ...options,
  };
  const uplink = new HttpUplink(setup, {
    drain: () => seen.push("drain"),
    silent: () => silences.push(clock.now()),
    over: (code, detail) => seen.push(`${code}: ${detail}`),
  });
  const send = (...texts: string[]): void => {
    for (const data of texts) link.keep({ type: "message", data });
    uplink.flush();
  };
  /** The oldest payload that nobody has taken. */
  const take = (): Exchange => exchanges.shift() ?? assert.fail("nothing was sent");
  return { clock, link, uplink, exchanges, seen, send, take, post };
}

describe("payloads by POST", () => {
  it("go one at a time, and begin with the oldest message that is not acknowledged", async () => {
    const { send, take, exchanges, seen, uplink } = start();
    send("a");
    send("b", "c");
    assert.equal(exchanges.length, 1);
    const first = take();
    assert.equal(first.body, "81|4a");
    await first.answer("71");
    const second = take();
    assert.equal(second.body, "82|4b|4c");
    await second.answer("73");
    assert.equal(uplink.busy, false);
    assert.deepEqual(seen, ["drain", "drain"]);
  });

  it("are repeated after a failure, with what has come since, ever more slowly", async () => {
    const { clock, send, take, exchanges } = start();
    send("a");
    await take().fail();
    send("b");
    assert.equal(exchanges.length, 0);
    await clock.pass(500);
    const again = take();
    assert.equal(again.body, "81|4a|4b");
    await again.answer("", 503);
    await clock.pass(999);
    assert.equal(exchanges.length, 0);
    await clock.pass(1);
    await take().answer("72");
    assert.equal(clock.pending, 0);
  });

  it("that nobody answers are given up after the time-out", async () => {
    const { clock, send, take, exchanges } = start();
    send("a");
    await clock.pass(1_000);
    assert.equal(take().signal.aborted, true);
    await clock.pass(500);
    assert.equal(exchanges.length, 1);
  });

  it("that are late are given up for another after 5 s, and later for what they hold and for each that was late", async () => {
    const patience = async (text: string, timeout = 20_000): Promise<number[]> => {
      const { clock, send, exchanges } = start({ timeout, maxPayload: 1_000_000 });
      send(text);
      const times: number[] = [];
      while (times.length < 3) {
        const sent = clock.now();
        const { signal } = exchanges.shift() ?? assert.fail("nothing was sent");
        while (!signal.aborted) await clock.pass(100);
        times.push(Math.round((clock.now() - sent) / 1_000));
        while (exchanges.length === 0) await clock.pass(100);
      }
      return times;
    };
    assert.deepEqual(await patience("a"), [5, 10, 20]);
    assert.deepEqual((await patience("x".repeat(20_000)))[0], 10);
    assert.deepEqual(await patience("x".repeat(20_000), 7_000), [7, 7, 7]);
  });

  it("go on from where the server is, and slowly when it does not move", async () => {
    const { clock, send, take, exchanges } = start();
    send("a", "b");
    await take().answer("71");
    const rest = take();
    assert.equal(rest.body, "82|4b");
    await rest.answer("71");
    assert.equal(exchanges.length, 0);
    await clock.pass(500);
    assert.equal(take().body, "82|4b");
  });

  it("stay within maxPayload, but for a message that is larger alone", async () => {
    const { send, take } = start();
    send("x".repeat(90), "y".repeat(90), "z".repeat(200));
    for (const [number, character] of [
      [1, "x"],
      [2, "y"],
      [3, "z"],
    ] as const) {
      const { body, answer } = take();
      assert.match(body, new RegExp(`^8${number}\\|4${character}+$`));
      await answer(`7${number}`);
    }
  });

  it("carry an acknowledgement, and again when the first may be lost", async () => {
    const { clock, link, take, uplink, exchanges } = start();
    link.take(1, 1);
    uplink.flush();
    assert.equal(exchanges.length, 0);
    uplink.flush(true);
    const first = take();
    assert.equal(first.body, "71");
    await first.fail();
    link.take(2, 1);
    await clock.pass(500);
    uplink.flush(true);
    const second = take();
    assert.equal(second.body, "72");
    await second.answer("70");
    assert.equal(link.ackWanted, false);
  });

  it("carry packets without a number until one has arrived, each kind once", async () => {
    const { clock, take, uplink } = start({ numbered: () => false });
    const probe = { type: "ping", data: "probe" } as const;
    uplink.add(probe);
    uplink.add(probe);
    uplink.flush();
    const first = take();
    assert.equal(first.body, "2probe");
    await first.fail();
    await clock.pass(500);
    const second = take();
    assert.equal(second.body, "2probe");
    await second.answer("70");
    uplink.flush();
    assert.equal(clock.pending, 0);
  });

  it("whose answer cannot be read are repeated when no acknowledgement comes otherwise", async () => {
    const { clock, link, send, take, exchanges } = start();
    send("a");
    await take().answer("");
    await clock.pass(2_999);
    assert.equal(exchanges.length, 0);
    await clock.pass(1);
    assert.equal(take().body, "81|4a");
    const acknowledged = start();
    acknowledged.send("a");
    await acknowledged.take().answer("");
    acknowledged.link.acknowledge(1);
    await acknowledged.clock.pass(10_000);
    assert.equal(acknowledged.exchanges.length, 0);
    assert.equal(link.first, 1);
  });

  it("whose answer cannot be read do not hold up what follows the acknowledgement", async () => {
    const { link, send, take, uplink } = start();
    send("a");
    await take().answer("");
    assert.equal(uplink.busy, true);
    link.acknowledge(1);
    assert.equal(uplink.busy, false);
    send("b");
    assert.equal(take().body, "82|4b");
  });

  it("go on at once when the downlink has brought the acknowledgement before the answer", async () => {
    const { link, send, take } = start({ maxPayload: 12 });
    send("aaaa", "bbbb");
    const first = take();
    assert.equal(first.body, "81|4aaaa");
    link.acknowledge(1);
    await first.answer("71");
    assert.equal(take().body, "82|4bbbb");
  });

  it("are not taken for lost when they carried no messages", async () => {
    let numbered = false;
    const { uplink, send, take } = start({ numbered: () => numbered });
    uplink.add({ type: "ping", data: "probe" });
    uplink.flush();
    const probe = take();
    numbered = true;
    send("a");
    await probe.answer("70");
    assert.equal(take().body, "81|4a");
  });

  it("carry the answer to a ping that came while the one to the former was on its way", async () => {
    const { uplink, take } = start();
    uplink.add({ type: "pong", data: "" });
    uplink.flush();
    const first = take();
    uplink.add({ type: "pong", data: "" });
    await first.answer("70");
    assert.equal(take().body, "3");
  });

  it("carry an acknowledgement that was wanted while another was under way, and repeat one that failed", async () => {
    const { clock, link, uplink, send, take } = start();
    send("a");
    const first = take();
    link.take(1, 1);
    uplink.flush(true);
    await first.answer("71");
    const alone = take();
    assert.equal(alone.body, "71");
    await alone.fail();
    await clock.pass(500);
    const again = take();
    assert.equal(again.body, "71");
    await again.answer("71");
    assert.equal(clock.pending, 0);
  });

  it("that hang are sent again at once over another way, and their late answers mean nothing", async () => {
    const { uplink, send, take, exchanges, seen } = start();
    uplink.add({ type: "pong", data: "" });
    send("a");
    const hung = take();
    uplink.restart();
    assert.equal(hung.signal.aborted, true);
    const again = take();
    assert.equal(again.body, "3|81|4a");
    await hung.answer("gone", 400);
    await again.answer("71");
    assert.equal(exchanges.length, 0);
    assert.deepEqual(seen, ["drain"]);
  });

  it("that wait to be repeated need not when something has changed", async () => {
    const { clock, uplink, send, take } = start();
    send("a");
    await take().fail();
    uplink.hurry();
    await take().answer("71");
    assert.equal(clock.pending, 0);
  });

  it("hold of each kind the newest packet, however many a server asks for", async () => {
    const { uplink, send, take } = start();
    send("a");
    for (let n = 0; n < 1_000; n++) uplink.add({ type: "pong", data: `${n}` });
    await take().answer("71");
    assert.equal(take().body, "3999");
  });

  for (const status of [204, 302, 408, 429, 502]) {
    it(`are repeated after ${status}, which the server has not said`, async () => {
      const { clock, send, take, seen } = start();
      send("a");
      await take().answer("", status);
      await clock.pass(500);
      assert.equal(take().body, "81|4a");
      assert.deepEqual(seen, []);
    });
  }

  for (const [status, code] of [
    [400, "session_lost"],
    [413, "payload_too_large"],
    [403, "request_failed"],
  ] as const) {
    it(`refused with ${status} end the session`, async () => {
      const { send, take, seen } = start();
      send("a");
      await take().answer("why", status);
      assert.deepEqual(seen, [`${code}: HTTP ${status}: why`]);
    });
  }

  for (const body of ["72", "4a", "7x"]) {
    it(`answered with what cannot be end the session: ${body}`, async () => {
      const { send, take, seen } = start();
      send("a");
      await take().answer(body);
      assert.deepEqual(seen, ["parse_error: the answer to a POST"]);
    });
  }

  it("end with one that says so, carries what is unsent, and leaves no timer", async () => {
    const { clock, send, take, uplink, exchanges, seen, post } = start();
    send("a");
    const { signal } = take();
    send("b");
    uplink.close(post);
    assert.equal(signal.aborted, true);
    const last = take();
    assert.equal(last.body, "81|4a|4b|1");
    await last.answer("72");
    uplink.flush();
    assert.equal(exchanges.length, 0);
    assert.equal(clock.pending, 0);
    assert.deepEqual(seen, []);
  });
});
