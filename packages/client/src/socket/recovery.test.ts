import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../transport/test-clock.test.ts";
import { startSocket } from "../transport/test-platform.test.ts";

function start() {
  const run = startSocket({ auth: { token: "t" } });
  const { network, clock } = run;
  const connect = (answer: object): void => {
    network.last.accept();
    network.last.receive("message", `0${JSON.stringify(answer)}`);
  };
  const lose = async (): Promise<void> => {
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
  };
  const asked = async (): Promise<unknown> => {
    await settled();
    return JSON.parse(network.last.sent[0]?.replace("message:0", "") ?? "");
  };
  return { ...run, connect, lose, asked };
}

describe("recovery", () => {
  it("asks for what came after the last event, and says that it had it", async () => {
    const { network, socket, connect, lose, asked } = start();
    const heard: unknown[] = [];
    socket.on("news", (...args) => heard.push(args));
    connect({ sid: "a", pid: "p" });
    assert.equal(socket.recovered, false);
    network.last.receive("message", '2["news",1,"offset-1"]');
    network.last.receive("message", '27["asked","no offset"]');
    await lose();
    connect({ sid: "a", pid: "p" });
    network.last.receive("message", '2["news",2,"offset-2"]');
    assert.deepEqual(await asked(), { pid: "p", offset: "offset-1", token: "t" });
    assert.equal(socket.recovered, true);
    // As socket.io-client has it: the offset is an argument like any other.
    assert.deepEqual(heard, [
      [1, "offset-1"],
      [2, "offset-2"],
    ]);
  });

  it("takes what was missed also when it comes before the answer, as from servers of Socket.IO", async () => {
    const { network, socket, connect, lose, asked } = start();
    const heard: unknown[] = [];
    socket.on("news", (...args) => heard.push(args));
    socket.on("connect", () => heard.push("connect"));
    connect({ sid: "a", pid: "p" });
    network.last.receive("message", '2["news","offset-1"]');
    await lose();
    network.last.accept();
    network.last.receive("message", '2["news","offset-2"]');
    network.last.receive("message", '0{"sid":"a","pid":"p"}');
    assert.deepEqual(heard, ["connect", ["offset-1"], ["offset-2"], "connect"]);
    await lose();
    connect({ sid: "a", pid: "p" });
    assert.deepEqual(await asked(), { pid: "p", offset: "offset-2", token: "t" });
  });

  it("that the server refuses is a new connection", async () => {
    const { network, socket, connect, lose, asked } = start();
    connect({ sid: "a", pid: "p" });
    network.last.receive("message", '2["news","offset-1"]');
    await lose();
    connect({ sid: "b", pid: "q", recovery: "trimmed" });
    assert.deepEqual([socket.recovered, socket.recovery], [false, "trimmed"]);
    await lose();
    connect({ sid: "b", pid: "q" });
    assert.deepEqual(await asked(), { pid: "q", token: "t" });
    assert.deepEqual([socket.recovered, socket.recovery], [true, undefined]);
  });

  it("begins where the server says, without an event", async () => {
    const { connect, lose, asked } = start();
    connect({ sid: "a", pid: "p", offset: "offset-0" });
    await lose();
    connect({ sid: "a", pid: "p" });
    assert.deepEqual(await asked(), { pid: "p", offset: "offset-0", token: "t" });
  });

  it("is not asked for from a server that does not keep anything", async () => {
    const { network, socket, connect, lose, asked } = start();
    connect({ sid: "a" });
    network.last.receive("message", '2["news","text"]');
    await lose();
    connect({ sid: "b" });
    assert.deepEqual(await asked(), { token: "t" });
    assert.equal(socket.recovered, false);
  });
});

it("a server of Socket.IO 2 is named, and not tried again", async () => {
  const { network, socket, clock, seen } = startSocket();
  network.last.accept();
  network.last.receive("message", "0");
  assert.deepEqual(seen, ["connect_error old_server"]);
  await clock.pass(60_000);
  assert.equal(network.transports.length, 1);
  assert.equal(socket.active, false);
});
