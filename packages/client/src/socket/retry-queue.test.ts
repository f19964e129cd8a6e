import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../transport/test-clock.test.ts";
import { startSocket } from "../transport/test-platform.test.ts";

const options = { retries: 2, ackTimeout: 1_000 };

describe("events with retries", () => {
  it("leave one at a time and in order, each when the one before it is acknowledged", async () => {
    const { network, socket, join } = startSocket(options);
    join();
    socket.emit("a", 1);
    socket.emit("b");
    await settled();
    assert.deepEqual(network.last.sent.slice(1), ['message:20["a",1]']);
    network.last.receive("message", "30[]");
    await settled();
    assert.deepEqual(network.last.sent.slice(2), ['message:21["b"]']);
  });

  it("are sent again when no acknowledgement came, as often as allowed, and then fail", async () => {
    const { network, clock, socket, join } = startSocket(options);
    join();
    const answers: unknown[] = [];
    socket.emit("a", (error: Error | null) => answers.push(error?.message));
    socket.emit("b", (...answer: unknown[]) => answers.push(answer));
    for (let i = 0; i < 3; i++) await clock.pass(1_000);
    await settled();
    assert.deepEqual(network.last.sent.slice(1), [
      'message:20["a"]',
      'message:21["a"]',
      'message:22["a"]',
      'message:23["b"]',
    ]);
    assert.deepEqual(answers, ["operation has timed out"]);
    network.last.receive("message", '33["ok"]');
    assert.deepEqual(answers[1], [null, "ok"]);
  });

  it("are sent again over a new connection, and once more after that", async () => {
    const { network, clock, socket, join } = startSocket(options);
    join();
    const answers: unknown[] = [];
    socket.emit("a", (...answer: unknown[]) => answers.push(answer));
    await settled();
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
    join();
    await settled();
    assert.deepEqual(network.last.sent, ["message:0", 'message:21["a"]']);
    network.last.receive("message", "31[7]");
    assert.deepEqual(answers, [[null, 7]]);
  });

  it("wait while there is no connection, with those that were emitted meanwhile", async () => {
    const { network, socket, join } = startSocket(options);
    socket.emit("a");
    socket.emit("b");
    join();
    await settled();
    assert.deepEqual(network.last.sent, ["message:0", 'message:20["a"]']);
  });

  it("carry a number that stays the same, where the server asks for it", async () => {
    const { network, clock, socket } = startSocket(options);
    network.last.accept();
    network.last.receive("message", '0{"sid":"id","retries":true}');
    socket.emit("a", 1);
    await clock.pass(1_000);
    network.last.receive("message", "31[]");
    socket.emit("b");
    await settled();
    const [first, again, next] = network.last.sent
      .slice(1)
      .map((text) => JSON.parse(text.replace(/^message:2\d+/, "")));
    assert.deepEqual(first, again);
    assert.match(first[2], /^\d+(-\d+){3}:1$/);
    assert.deepEqual(next, ["b", first[2].replace(/1$/, "2")]);
  });

  it("that can never be sent tell their caller and hold up nobody", async () => {
    const { network, socket, join } = startSocket(options);
    join();
    assert.throws(() => socket.emit("a", 1n), { code: "unencodable" });
    assert.throws(() => socket.emit("connect"), { code: "reserved_event" });
    socket.emit("b");
    await settled();
    assert.deepEqual(network.last.sent.slice(1), ['message:21["b"]']);
  });

  it("do not hold up volatile ones", async () => {
    const { network, socket, join } = startSocket(options);
    join();
    socket.emit("a");
    socket.volatile.emit("v");
    await settled();
    assert.deepEqual(network.last.sent.slice(1), ['message:20["a"]', 'message:2["v"]']);
  });

  it("are told of by emitWithAck", async () => {
    const { network, socket, join } = startSocket(options);
    join();
    const answer = socket.emitWithAck("a");
    await settled();
    network.last.receive("message", '30["yes"]');
    assert.equal(await answer, "yes");
  });
});
