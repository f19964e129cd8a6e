import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../transport/test-clock.test.ts";
import { startManager, startSocket } from "../transport/test-platform.test.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Manager } from "./manager.ts";
import type { ManagerEvents } from "./manager-events.ts";
import type { Socket } from "./socket.ts";

function record(manager: Manager<Socket>): string[] {
  const seen: string[] = [];
  const events: readonly (keyof ManagerEvents)[] = [
    "open",
    "transport",
    "close",
    "reconnect_attempt",
    "reconnect",
    "reconnect_error",
    "reconnect_failed",
  ];
  for (const event of events) {
    manager.on(event, (...args) => {
      const [first] = args;
      seen.push(typeof first === "string" || typeof first === "number" ? `${event} ${first}` : event);
    });
  }
  return seen;
}

describe("reconnection", () => {
  it("says how long it waits before which attempt", async () => {
    const { manager, network, clock, join } = startSocket();
    const waits: unknown[] = [];
    manager.on("reconnect_wait", (delay, attempt) => waits.push([delay, attempt, manager.reconnecting]));
    join("1");
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
    network.last.handler.close("open_failed", undefined);
    assert.deepEqual(waits, [
      [1_000, 1, true],
      [2_000, 2, true],
    ]);
  });

  it("comes back to a server that went away, and begins again with a short delay", async () => {
    const { manager, network, clock, join, seen } = startSocket();
    const events = record(manager);
    join("1");
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(999);
    assert.equal(network.transports.length, 1);
    await clock.pass(1);
    network.last.handler.close("open_failed", undefined);
    await clock.pass(2_000);
    join("2");
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
    join("3");
    assert.deepEqual(seen, [
      "connect 1",
      "disconnect transport close (connection_lost)",
      "connect_error open_failed",
      "connect 2",
      "disconnect transport close (connection_lost)",
      "connect 3",
    ]);
    assert.deepEqual(events.slice(0, 9), [
      "open",
      "transport websocket",
      "close transport close",
      "reconnect_attempt 1",
      "reconnect_error",
      "reconnect_attempt 2",
      "open",
      "transport websocket",
      "reconnect 2",
    ]);
  });

  it("ends after the attempts allowed, and a call of connect begins anew", async () => {
    const { manager, network, clock, socket } = startSocket({ reconnectionAttempts: 2 });
    const events = record(manager);
    for (let i = 0; i < 3; i++) {
      network.last.handler.close("open_failed", undefined);
      await clock.pass(5_000);
    }
    assert.deepEqual(events, [
      "reconnect_attempt 1",
      "reconnect_error",
      "reconnect_attempt 2",
      "reconnect_error",
      "reconnect_failed",
    ]);
    assert.equal(network.transports.length, 3);
    assert.equal(clock.pending, 0);
    socket.connect();
    assert.equal(network.transports.length, 4);
  });

  it("is off when the options say so", async () => {
    const { network, clock, seen } = startSocket({ reconnection: false });
    network.last.handler.close("open_failed", undefined);
    await clock.pass(60_000);
    assert.deepEqual(seen, ["connect_error open_failed"]);
    assert.equal(network.transports.length, 1);
  });

  it("is called off by a disconnect in the middle of the delay", async () => {
    const { network, clock, socket } = startSocket();
    network.last.handler.close("open_failed", undefined);
    socket.disconnect();
    await clock.pass(60_000);
    assert.equal(network.transports.length, 1);
  });

  it("is called off by a listener that disconnects", async () => {
    const { network, clock, socket } = startSocket();
    socket.on("connect_error", () => socket.disconnect());
    network.last.handler.close("open_failed", undefined);
    await clock.pass(60_000);
    assert.equal(network.transports.length, 1);
    assert.equal(clock.pending, 0);
  });

  it("follows an attempt that takes too long", async () => {
    const { network, clock, seen } = startSocket({ timeout: 300 });
    await clock.pass(300);
    assert.deepEqual(seen, ["connect_error open_timeout"]);
    assert.equal(network.last.closed, true);
    await clock.pass(1_000);
    assert.equal(network.transports.length, 2);
  });
});

describe("a device without network", () => {
  it("waits for the network and then tries at once", async () => {
    const { platform, network, clock, join, seen } = startSocket();
    join();
    platform.hasNetwork = false;
    platform.watcher?.offline();
    assert.equal(network.last.closed, true);
    await clock.pass(600_000);
    assert.equal(network.transports.length, 1);
    platform.hasNetwork = true;
    platform.watcher?.online();
    assert.equal(network.transports.length, 2);
    join("2");
    assert.deepEqual(seen, ["connect id", "disconnect transport close (offline)", "connect 2"]);
  });

  it("that has none from the start says so, to who listens at once, and waits", async () => {
    const { platform, network, manager } = startManager();
    platform.hasNetwork = false;
    const errors: string[] = [];
    manager.socket("/").on("connect_error", ({ code }) => errors.push(code));
    await settled();
    assert.deepEqual(errors, ["offline"]);
    platform.hasNetwork = true;
    platform.watcher?.online();
    network.last.accept();
    assert.equal(manager.transport, "websocket");
  });

  it("still reaches a server on the same machine", () => {
    const { platform, network, manager } = startManager({}, "http://localhost:3000");
    platform.hasNetwork = false;
    manager.socket("/").connect();
    network.last.accept();
    platform.watcher?.offline();
    assert.equal(manager.transport, "websocket");
  });
});

describe("a page that is left", () => {
  it("closes politely, stays away while hidden, and is back at once when shown again", async () => {
    const { platform, network, clock, join, seen } = startSocket();
    join();
    platform.watcher?.hidden();
    assert.equal(network.last.closed, true);
    await clock.pass(600_000);
    platform.watcher?.online();
    assert.equal(network.transports.length, 1);
    platform.watcher?.shown();
    join("2");
    assert.deepEqual(seen, ["connect id", "disconnect transport close (page_hidden)", "connect 2"]);
  });
});

describe("a page that was left while its sockets were disconnected", () => {
  it("reconnects like any other when they connect again", async () => {
    const { platform, network, socket, clock, join } = startSocket();
    join();
    socket.on("disconnect", () => socket.disconnect());
    platform.watcher?.hidden();
    assert.equal(platform.watcher, undefined);
    socket.off("disconnect").connect();
    join("2");
    network.last.handler.close("connection_lost", undefined);
    await clock.pass(1_000);
    join("3");
    assert.equal(socket.id, "3");
  });
});

describe("switchTransport", () => {
  it("flushes, reopens at once over the named transports, and reports the reason", async () => {
    const { manager, network, socket, join, seen } = startSocket();
    const events = record(manager);
    join();
    socket.emit("a");
    manager.switchTransport(["polling"]);
    const [old] = network.transports;
    assert.deepEqual(old?.sent, ["message:0", 'message:2["a"]']);
    assert.equal(old.closed, true);
    assert.equal(network.last.name, "polling");
    join("2");
    assert.deepEqual(seen, ["connect id", "disconnect transport switch (transport_switch)", "connect 2"]);
    assert.equal(manager.transport, "polling");
    assert.ok(!events.some((event) => event.startsWith("reconnect")));
  });

  it("ends a delay, and is remembered for later attempts", async () => {
    const { manager, network, clock } = startSocket();
    network.last.handler.close("open_failed", undefined);
    manager.switchTransport(["polling"]);
    assert.equal(network.last.name, "polling");
    network.last.handler.close("open_failed", undefined);
    await clock.pass(1_000);
    assert.deepEqual(
      network.transports.map(({ name }) => name),
      ["websocket", "polling", "polling"],
    );
  });

  it("of a closed manager opens nothing", () => {
    const { manager, network } = startManager();
    manager.switchTransport(["polling"]);
    assert.equal(network.transports.length, 0);
    assert.throws(() => manager.switchTransport([]), TypeError);
  });
});

describe("the transport", () => {
  const EVERWIRE = { everwire: 1, transports: ["websocket", "polling"] };
  const HERE = "https://example.org/socket.io/";

  it("is told with the reason", () => {
    const { manager, network } = startManager();
    const seen: unknown[] = [];
    manager.on("transport", (...args) => seen.push(args));
    manager.socket("/").connect();
    assert.deepEqual([manager.transport, manager.transportReason], [undefined, undefined]);
    network.last.accept();
    assert.deepEqual(seen, [["websocket", "opened"]]);
    assert.deepEqual([manager.transport, manager.transportReason], ["websocket", "opened"]);
    manager.close();
    assert.equal(manager.transportReason, undefined);
  });

  it("that worked is remembered by server, and tried first next time", () => {
    const { manager, network, platform } = startManager({}, undefined, {});
    manager.socket("/").connect();
    network.last.handler.close("open_failed", undefined);
    network.last.accept();
    assert.deepEqual([...platform.memory], [[HERE, "polling"]]);
    const next = startManager({}, undefined, {});
    next.platform.memory.set(HERE, "polling");
    next.manager.socket("/").connect();
    next.network.last.accept();
    assert.deepEqual([next.manager.transport, next.manager.transportReason], ["polling", "remembered"]);
  });

  it("that is remembered is no help when it is nonsense, or when the application names its own", () => {
    const named: ClientOptions = { transports: ["websocket", "polling"] };
    for (const [options, memory] of [
      [{}, "carrier-pigeon"],
      [named, "polling"],
    ] as const) {
      const { manager, network, platform } = startManager({}, undefined, options);
      platform.memory.set(HERE, memory);
      manager.socket("/").connect();
      assert.equal(network.last.name, "websocket");
      network.last.accept();
      assert.equal(manager.transportReason, "opened");
    }
  });

  it("must be one that there is here", () => {
    assert.throws(() => startManager({ transports: ["iframe"] }), TypeError);
    assert.throws(() => startManager().manager.switchTransport(["jsonp"]), TypeError);
  });

  it("of an Everwire session may be away for a while: the session waits for the network", async () => {
    const { manager, network, platform, clock } = startManager({}, "https://far.example");
    const socket = manager.socket("/").connect();
    network.last.accept(EVERWIRE);
    network.last.receive("message", "0{}");
    assert.equal(network.last.closed, true, "a message without a number is a fault of the server");
    await clock.pass(1_000);
    network.last.accept(EVERWIRE);
    platform.hasNetwork = false;
    platform.watcher?.offline();
    assert.equal(manager.transport, "websocket");
    const before = network.transports.length;
    platform.hasNetwork = true;
    platform.watcher?.online();
    assert.equal(network.transports.length, before + 1, "an attach");
    assert.equal(network.last.sid, "s1");
    socket.disconnect();
    await clock.pass(3_000);
    assert.equal(clock.pending, 0);
  });

  it("of an Everwire session is interrupted and resumed, and the sockets notice nothing", async () => {
    const { manager, network, clock } = startManager();
    const seen: unknown[] = [];
    for (const event of ["interrupted", "resumed"] as const) {
      manager.on(event, () => seen.push([event, manager.interrupted]));
    }
    manager.on("close", () => seen.push(["close", manager.interrupted]));
    manager.socket("/").connect();
    network.last.accept(EVERWIRE);
    network.last.handler.close("connection_lost", undefined);
    assert.deepEqual([manager.transport, manager.interrupted], ["websocket", true]);
    network.last.handler.packet({ type: "next", data: "", number: 1 });
    network.last.handler.close("connection_lost", undefined);
    manager.close();
    assert.deepEqual(seen, [
      ["interrupted", true],
      ["resumed", false],
      ["interrupted", true],
      ["close", false],
    ]);
    await clock.pass(4_000);
    assert.equal(clock.pending, 0);
  });

  it("of an Everwire session is switched without the socket noticing", async () => {
    const { manager, network, clock } = startManager();
    const seen: unknown[] = [];
    manager.on("transport", (...args) => seen.push(args));
    manager.on("close", () => assert.fail("closed"));
    manager.socket("/").connect();
    network.last.accept(EVERWIRE);
    manager.switchTransport(["polling"]);
    assert.deepEqual([network.last.name, network.last.sid], ["polling", "s1"]);
    network.last.handler.packet({ type: "next", data: "", number: 1 });
    assert.deepEqual(seen.at(-1), ["polling", "chosen"]);
    assert.equal(manager.transport, "polling");
    manager.off();
    manager.close();
    await clock.pass(2_000);
    assert.equal(clock.pending, 0);
  });
});

describe("close", () => {
  it("disconnects every socket for good and leaves no timer and no listener", async () => {
    const { manager, platform, network, clock, join, seen, socket } = startSocket();
    join();
    manager.close();
    await settled();
    assert.deepEqual(seen, ["connect id", "disconnect forced close (manager_closed)"]);
    assert.equal(socket.active, false);
    assert.equal(network.last.closed, true);
    assert.equal(clock.pending, 0);
    assert.equal(platform.watcher, undefined);
  });
});
