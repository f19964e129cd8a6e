import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../transport/test-clock.test.ts";
import { startManager, startSocket } from "../transport/test-platform.test.ts";

describe("what socket.io-client's managers have as well", () => {
  it("opening on purpose tells how it went, once", async () => {
    const { manager, network, clock } = startManager({ autoConnect: false });
    const told: unknown[] = [];
    manager.open((error) => told.push(error?.code));
    network.last.handler.close("open_failed", undefined);
    manager.connect((error) => told.push(error?.code));
    network.last.accept();
    await clock.pass(60_000);
    assert.deepEqual(told, ["open_failed", undefined]);
  });

  it("the engine shows the connection and what passes", async () => {
    const { manager, network, socket, join } = startSocket();
    const { engine } = manager;
    const seen: unknown[] = [];
    engine.on("packet", ({ data }) => seen.push(data));
    engine.on("packetCreate", ({ data }) => seen.push(data));
    engine.once("close", (reason) => seen.push(reason));
    join("x");
    assert.deepEqual([engine.id, engine.transport.name], ["s1", "websocket"]);
    socket.emit("a");
    await settled();
    network.last.handler.close("connection_lost", undefined);
    assert.deepEqual(seen, ["0", '0{"sid":"x"}', '2["a"]', "transport close"]);
  });

  it("settings count from the next attempt on", async () => {
    const { manager, network, clock, join } = startSocket();
    join();
    manager.reconnectionDelay(10).reconnectionDelayMax(10);
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(10);
    assert.equal(network.transports.length, 2);
    manager.reconnection(false);
    network.last.handler.close("open_failed", undefined);
    await clock.pass(60_000);
    assert.equal(network.transports.length, 2);
  });

  it("sockets connect by themselves, unless they are not to", () => {
    assert.equal(startManager().manager.socket("/a").active, true);
    const { manager } = startManager({ autoConnect: false });
    assert.equal(manager.socket("/a").active, false);
    assert.equal(manager.socket("/a", { autoConnect: true }).active, true);
  });

  it("what worked last time is of no account when it is not to be remembered", () => {
    for (const [rememberUpgrade, first] of [
      [true, "polling"],
      [false, "websocket"],
    ] as const) {
      const { manager, network, platform } = startManager({ rememberUpgrade, autoConnect: false }, undefined, {});
      platform.memory.set("https://example.org/socket.io/", "polling");
      manager.open();
      assert.equal(network.transports[0]?.name, first);
    }
  });

  it("a page that may be left is listened to only when that is wanted, and its stay is noticed", async () => {
    assert.equal(startSocket().platform.watcher?.leaving, undefined);
    const { platform, network, clock, join, seen } = startSocket({ closeOnBeforeunload: true });
    join("1");
    platform.watcher?.leaving?.();
    assert.equal(network.last.closed, true);
    await clock.pass(1_000);
    join("2");
    assert.deepEqual(seen, ["connect 1", "disconnect transport close (page_hidden)", "connect 2"]);
  });
});
