import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../failures.ts";
import { settled } from "../transport/test-clock.test.ts";
import { startManager, startSocket } from "../transport/test-platform.test.ts";

describe("connecting", () => {
  it("joins the namespace with the credentials of the moment", async () => {
    let token = 0;
    const { network, clock } = startSocket({ auth: (send) => send({ token: ++token }) });
    network.last.accept();
    await settled();
    assert.deepEqual(network.last.sent, ['message:0{"token":1}']);
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
    network.last.accept();
    await settled();
    assert.deepEqual(network.last.sent, ['message:0{"token":2}']);
  });

  it("ignores credentials that come for a connection that has gone", async () => {
    const sends: ((auth: { n: number }) => void)[] = [];
    const { network, clock } = startSocket({ auth: (send) => sends.push(send) });
    network.last.accept();
    network.last.handler.close("connection_lost", undefined);
    sends[0]?.({ n: 0 });
    await clock.pass(1_000);
    network.last.accept();
    sends[1]?.({ n: 1 });
    sends[1]?.({ n: 2 });
    await settled();
    assert.deepEqual(network.last.sent, ['message:0{"n":1}']);
  });

  it("sends what was emitted before, in order and before the connect event", async () => {
    const { network, socket, join } = startSocket();
    socket.emit("a", 1);
    socket.emit("b", new Uint8Array([1, 2]));
    socket.on("connect", () => socket.emit("c"));
    join();
    await settled();
    assert.deepEqual(network.last.sent, [
      "message:0",
      'message:2["a",1]',
      'message:51-["b",{"_placeholder":true,"num":0}]',
      "binary:2",
      'message:2["c"]',
    ]);
  });

  it("refused by a middleware gives its message and data, and does not try again", async () => {
    const { network, socket, clock } = startSocket();
    const errors: ClientError[] = [];
    socket.on("connect_error", (error) => errors.push(error));
    network.last.accept();
    network.last.receive("message", '4{"message":"no","data":{"code":7}}');
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.message, "no");
    assert.deepEqual(errors[0].data, { code: 7 });
    assert.equal(socket.active, false);
    await clock.pass(60_000);
    assert.equal(network.transports.length, 1);
    assert.equal(network.last.closed, true, "nobody needs the connection");
    socket.connect();
    assert.equal(network.transports.length, 2);
  });

  it("with another namespace shares the connection, and outlives it", async () => {
    const { manager, network } = startManager();
    const chat = manager.socket("/chat").connect();
    const admin = manager.socket("/admin").connect();
    network.last.accept();
    network.last.receive("message", '0/chat,{"sid":"c"}');
    network.last.receive("message", '0/admin,{"sid":"a"}');
    assert.deepEqual([chat.id, admin.id], ["c", "a"]);
    chat.disconnect();
    await settled();
    assert.deepEqual(network.last.sent, ["message:0/chat,", "message:0/admin,", "message:1/chat,"]);
    assert.equal(network.last.closed, false);
    admin.disconnect();
    await settled();
    assert.equal(network.last.closed, true);
    assert.equal(network.transports.length, 1);
  });
});

describe("events", () => {
  it("arrive with their arguments, binary in the platform's form", () => {
    const { network, socket, join } = startSocket();
    const seen: unknown[][] = [];
    socket.on("data", (...args) => seen.push(args));
    join();
    network.last.receive("message", '2["data",1,"é"]');
    network.last.receive("message", '51-["data",{"a":[{"_placeholder":true,"num":0}]}]');
    network.last.receive("message", new Uint8Array([1, 2, 3]));
    assert.deepEqual(seen[0], [1, "é"]);
    assert.deepEqual(seen[1], [{ a: [new Uint8Array([1, 2, 3]).buffer] }]);
  });

  it("are acknowledged once, by whatever the listener says", async () => {
    const { network, socket, join } = startSocket();
    socket.on("question", (_text, answer) => {
      answer("yes", new Uint8Array(2));
      answer("again");
    });
    join();
    network.last.receive("message", '27["question","?"]');
    await settled();
    assert.deepEqual(network.last.sent.slice(1), ['message:61-7["yes",{"_placeholder":true,"num":0}]', "binary:2"]);
  });

  it("are seen by those who listen to any", () => {
    const { network, socket, join } = startSocket();
    const seen: unknown[] = [];
    const listener = (...all: unknown[]): void => {
      seen.push(all);
    };
    socket.onAny(listener).onAnyOutgoing(listener);
    join();
    socket.emit("out", 1);
    network.last.receive("message", '2["__proto__",2]');
    socket.offAny(listener).offAnyOutgoing();
    socket.emit("out", 3);
    network.last.receive("message", '2["in",4]');
    assert.deepEqual(seen, [
      ["out", 1],
      ["__proto__", 2],
    ]);
  });

  it("of reserved names and values that cannot be written are refused to the caller", () => {
    const { socket, join } = startSocket();
    join();
    assert.throws(() => socket.emit("disconnect"), { code: "reserved_event" });
    assert.throws(() => socket.emit("a", 1n), { code: "unencodable" });
  });

  it("beyond the buffer are refused to the caller", () => {
    const { socket } = startSocket({ maxBufferedBytes: 20 });
    socket.emit("a", "0123456789");
    assert.throws(() => socket.emit("a", "0123456789"), ClientError);
  });

  it("that are volatile are dropped when they cannot leave at once", async () => {
    const { network, socket, join } = startSocket();
    socket.volatile.emit("dropped");
    join();
    socket.volatile.emit("sent");
    await settled();
    network.last.writable = false;
    socket.volatile.emit("dropped");
    await settled();
    network.last.writable = true;
    network.last.handler.drain();
    assert.deepEqual(network.last.sent, ["message:0", 'message:2["sent"]']);
    await assert.rejects(startSocket().socket.volatile.emitWithAck("dropped"), { code: "not_connected" });
  });
});

describe("acknowledgements", () => {
  it("reach their callbacks by id, in any order, and late ones nobody", async () => {
    const { network, socket, join } = startSocket();
    const seen: unknown[] = [];
    join();
    socket.emit("a", (value: unknown) => seen.push(["a", value]));
    const b = socket.timeout(100).emitWithAck("b");
    network.last.receive("message", '31["B"]');
    network.last.receive("message", '30["A"]');
    network.last.receive("message", '30["A again"]');
    network.last.receive("message", "399[]");
    assert.equal(await b, "B");
    assert.deepEqual(seen, [["a", "A"]]);
  });

  it("with a timeout give an error first", async () => {
    const { socket, join, clock, network } = startSocket();
    const seen: unknown[] = [];
    join();
    socket.timeout(100).emit("a", (error: Error | null, value?: unknown) => seen.push([error?.message, value]));
    socket.timeout(100).emit("b", (error: Error | null, value?: unknown) => seen.push([error, value]));
    network.last.receive("message", "31[5]");
    await clock.pass(100);
    assert.deepEqual(seen, [
      [null, 5],
      ["operation has timed out", undefined],
    ]);
  });

  it("that time out before the connection take their event back", async () => {
    const { socket, join, clock, network } = startSocket();
    const late = socket.timeout(100).emitWithAck("late");
    const caught = assert.rejects(late, { code: "ack_timeout" });
    await clock.pass(100);
    await caught;
    join();
    await settled();
    assert.deepEqual(network.last.sent, ["message:0"]);
  });

  it("that cannot come any more fail, and those of events still to be sent do not", async () => {
    const { socket, join, clock, network } = startSocket();
    join();
    const lost = socket.emitWithAck("lost");
    const caught = assert.rejects(lost, { code: "ack_lost", message: "socket has been disconnected" });
    await settled();
    network.last.handler.close("connection_lost", undefined);
    await caught;
    const kept = socket.emitWithAck("kept");
    await clock.pass(1_000);
    join();
    network.last.receive("message", '31["ok"]');
    assert.equal(await kept, "ok");
  });
});

describe("disconnecting", () => {
  it("here says so to the server, flushes, and stays away", async () => {
    const { network, socket, seen, join, clock } = startSocket();
    join();
    socket.emit("last");
    socket.disconnect();
    assert.deepEqual(network.last.sent, ["message:0", 'message:2["last"]', "message:1"]);
    assert.equal(network.last.closed, true);
    assert.deepEqual(seen, ["connect id", "disconnect io client disconnect (closed_by_client)"]);
    await clock.pass(60_000);
    assert.equal(network.transports.length, 1);
    assert.equal(clock.pending, 0);
  });

  it("by the server does not reconnect by itself, but by hand", async () => {
    const { network, socket, seen, join, clock } = startSocket();
    join();
    network.last.receive("message", "1");
    assert.deepEqual(seen, ["connect id", "disconnect io server disconnect (disconnected_by_server)"]);
    assert.equal(socket.active, false);
    await clock.pass(60_000);
    assert.equal(network.transports.length, 1);
    socket.connect();
    join("new");
    assert.equal(socket.id, "new");
  });

  it("before the answer to the joining tells the server too", async () => {
    const { manager, network } = startManager();
    manager.socket("/other").connect();
    const socket = manager.socket("/").connect();
    network.last.accept();
    socket.disconnect();
    await settled();
    assert.deepEqual(network.last.sent, ["message:0/other,", "message:0", "message:1"]);
    network.last.receive("message", '0{"sid":"late"}');
    assert.equal(socket.connected, false);
  });
});

describe("a hostile server", () => {
  const cases: readonly (readonly [string, readonly (string | Uint8Array)[]])[] = [
    ["an unknown packet", ["9"]],
    ["an empty message", [""]],
    ["invalid JSON", ['2["a"']],
    ["an event that is not an array", ['2{"a":1}']],
    ["binary that was not announced", [new Uint8Array(3)]],
    ["text in place of an attachment", ['51-["a",{"_placeholder":true,"num":0}]', '2["b"]']],
    ["attachments without end", ['5999999-["a"]']],
    ["a connect without an id", ["0{}"]],
    ["a huge message", [`2["${"x".repeat(2_000)}"]`]],
  ];
  for (const [what, messages] of cases) {
    it(`that sends ${what} is left with a parse error`, () => {
      const { network, seen, join } = startSocket({ maxMessageBytes: 1_000 });
      join();
      const { last } = network;
      for (const message of messages) last.receive("message", message);
      assert.equal(last.closed, true);
      assert.match(seen[1] ?? "", /^disconnect parse error/);
      assert.equal(seen.length, 2);
    });
  }

  it("that announces attachments and never sends them is left", async () => {
    const { network, seen, join, clock } = startSocket();
    join();
    network.last.receive("message", '51-["a",{"_placeholder":true,"num":0}]');
    await clock.pass(10_000);
    assert.deepEqual(seen, ["connect id", "disconnect parse error (parse_error)"]);
  });

  it("that speaks of namespaces nobody joined changes nothing", () => {
    const { network, seen, join } = startSocket();
    join();
    network.last.receive("message", '0/x,{"sid":"1"}');
    network.last.receive("message", '2/__proto__,["a"]');
    network.last.receive("message", "1/constructor,");
    assert.deepEqual(seen, ["connect id"]);
  });
});
