import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PREFERENCE } from "./opening-order.ts";
import { FAIR, type Weather } from "./test-everwire.test.ts";
import { exchange, startSession as start } from "./test-session.test.ts";

describe("an Everwire session", () => {
  for (const opened of PREFERENCE) {
    it(`carries messages both ways over ${opened}`, async () => {
      const run = await start({ opened, upgrade: false });
      await exchange(run, "a");
      await exchange(run, "b");
      assert.equal(run.lossless.name, opened);
      assert.deepEqual(run.events, []);
      run.lossless.close();
      await run.clock.pass(2_000);
      assert.equal(run.server.ended, true);
      assert.equal(run.clock.pending, 0);
    });
  }

  it("acknowledges within 2 s what came before an attach that never arrived", async () => {
    const silent: Weather = { ...FAIR, blocked: (name) => (name === "streaming" ? undefined : "silent") };
    const run = await start({ opened: "streaming", order: ["websocket", "streaming"], weather: silent });
    await run.clock.pass(5_100);
    run.server.send("a");
    await run.clock.pass(50);
    run.lossless.climb();
    await run.clock.pass(2_100);
    assert.deepEqual(run.got, ["a"]);
    assert.equal(run.server.unacknowledged, 0);
    run.lossless.close();
  });

  it("leaves no timer when the application closes it on a message", async () => {
    for (const opened of ["websocket", "polling"] as const) {
      const run = await start({ opened, upgrade: false, message: (lossless) => lossless.close() });
      run.server.send("a");
      run.server.send("b");
      await run.clock.pass(1_500);
      assert.deepEqual(run.got, ["a"]);
      assert.equal(run.clock.pending, 0);
    }
  });

  it("ends when what the server sends is no packet: at once on a WebSocket, else when it comes again", async () => {
    const socket = await start();
    socket.lossless.openedHandler.close("parse_error", "junk");
    assert.deepEqual(socket.events, ["close parse_error: junk"]);

    const polling = await start({ opened: "polling", order: ["polling"] });
    await exchange(polling, "a", 3_000);
    const spoil = (): void => polling.net.made.at(-1)?.break("parse_error");
    spoil();
    await exchange(polling, "b", 3_000);
    spoil();
    await polling.clock.pass(1_000);
    assert.deepEqual(polling.events, []);
    spoil();
    await polling.clock.pass(5);
    assert.deepEqual(polling.events, ["close parse_error"]);
  });

  it("goes on after what another way has brought when a WebSocket was full meanwhile", async () => {
    const run = await start({ opened: "polling", upgrade: false });
    let answer: ((text: string) => void) | undefined;
    run.net.post = (body) =>
      new Promise((resolve) => {
        answer = (text) => resolve({ status: 200, body: text });
        run.server.take(body.split("\x1e"), { next: undefined });
      });
    run.send("a", "b", "c");
    run.lossless.choose(["websocket"]);
    run.net.made.at(-1)?.room(3);
    await run.clock.pass(100);
    assert.equal(run.lossless.name, "websocket");
    answer?.("73");
    await run.clock.pass(10);
    run.send("d");
    run.net.made.at(-1)?.room(100);
    await run.clock.pass(3_000);
    assert.deepEqual(run.server.got, ["a", "b", "c", "d"]);
  });

  it("sends at once over a new carrier what was to be repeated later", async () => {
    const run = await start({ opened: "polling", order: ["polling"] });
    run.net.weather = { ...FAIR, cut: () => true };
    const { post } = run.net;
    run.net.post = () => Promise.reject(new Error("the network"));
    run.send("a");
    run.net.weather = FAIR;
    await run.clock.pass(12_000);
    run.net.post = post.bind(run.net);
    run.net.made.at(-1)?.break("connection_lost");
    await run.clock.pass(100);
    assert.deepEqual(run.server.got, ["a"]);
  });

  it("holds one answer to a heartbeat, however often a server asks that does not read", async () => {
    const run = await start();
    run.net.made[0]?.room(0);
    for (let n = 0; n < 1_000; n++) run.lossless.send([{ type: "pong", data: `${n}` }]);
    run.net.made[0]?.room(100);
    await run.clock.pass(50);
    assert.deepEqual(run.server.controls, ["3999"]);
  });

  it("answers a heartbeat again after a move, because the answer may be lost", async () => {
    const run = await start();
    run.lossless.choose(["polling"]);
    await run.clock.pass(100);
    assert.deepEqual(run.server.controls, ["3"]);
  });

  it("ends when the server says so, and does not answer that", async () => {
    const run = await start({ opened: "polling", upgrade: false });
    run.server.urgent("1");
    await run.clock.pass(50);
    assert.deepEqual(run.events, ["close"]);
    run.lossless.close();
    await run.clock.pass(2_000);
    assert.equal(run.server.ended, false);
    assert.equal(run.clock.pending, 0);
  });

  it("ends when the server no longer has it", async () => {
    const run = await start({ opened: "polling", upgrade: false });
    const refusal = 'HTTP 400: {"code":1,"message":"Session ID unknown"}';
    run.lossless.openedHandler.close("open_refused", refusal);
    assert.deepEqual(run.events, [`close session_lost: ${refusal}`]);
    await run.clock.pass(2_000);
    assert.equal(run.clock.pending, 0);
  });

  for (const [packet, why] of [
    ["83", "a gap in the stream"],
    ["71", "an acknowledgement of what was not sent"],
  ] as const) {
    it(`ends with what cannot be: ${packet}`, async () => {
      const run = await start();
      run.server.urgent(packet);
      await run.clock.pass(50);
      assert.deepEqual(run.events, [`close parse_error: ${why}`]);
    });
  }

  for (const [how, order] of [
    ["a POST", PREFERENCE],
    ["another WebSocket", ["websocket"]],
  ] as const) {
    it(`tells the server by ${how} that it leaves, and all it had to say, when its WebSocket was cut`, async () => {
      for (const noticed of [true, false]) {
        const run = await start({ order });
        const [socket] = run.net.made;
        assert.ok(socket !== undefined);
        socket.cutUnnoticed = true;
        if (noticed) {
          run.net.weather = { ...FAIR, blocked: () => "silent" };
          socket.break("connection_lost");
          await run.clock.pass(100);
          run.net.weather = FAIR;
        } else {
          run.net.server.lost = () => undefined;
        }
        run.lossless.send([{ type: "message", data: "last" }]);
        run.lossless.close();
        await run.clock.pass(2_000);
        assert.deepEqual([run.server.ended, run.server.got], [true, ["last"]], `noticed: ${noticed}`);
        assert.equal(run.clock.pending, 0);
      }
    });
  }

  it("leaves a WebSocket that brings no acknowledgement long before a ping is late", async () => {
    const run = await start({ order: ["websocket", "polling"] });
    const [socket] = run.net.made;
    assert.ok(socket !== undefined);
    socket.deaf = true;
    run.send("a");
    await run.clock.pass(6_900);
    assert.deepEqual(run.signs, []);
    await run.clock.pass(300);
    assert.deepEqual(run.signs, ["interrupted", "resumed"]);
    await exchange(run, "b");
    await run.clock.pass(20_000);
    assert.deepEqual([run.signs.length, run.events], [2, []]);
  });

  it("attaches again when two payloads in a row were not answered in time", async () => {
    const run = await start({ opened: "polling", order: ["polling"] });
    run.net.weather = { ...FAIR, hung: () => true };
    run.send("a");
    await run.clock.pass(15_000);
    assert.deepEqual(run.signs, []);
    run.net.weather = FAIR;
    await run.clock.pass(1_000);
    assert.deepEqual([run.signs, run.server.got], [["interrupted", "resumed"], ["a"]]);
  });

  it("asks the server whether it has the session, where a WebSocket does not tell", async () => {
    const run = await start({ order: ["websocket"] });
    run.net.weather = { ...FAIR, blocked: () => "refused" };
    run.net.post = () => Promise.resolve({ status: 400, body: '{"code":1,"message":"Session ID unknown"}' });
    run.net.made[0]?.break("connection_lost");
    await run.clock.pass(1_000);
    assert.match(run.events.join(), /^close session_lost: HTTP 400/);
    assert.equal(run.clock.pending, 0);
  });
});
