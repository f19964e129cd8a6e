import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HandshakeTurns } from "../handshake/handshake-turns.ts";
import type { Upgrade } from "../handshake/upgrade.ts";
import { closeAfterTests, RawPeer, until } from "../raw-peer.test.ts";
import { WebSocketServer } from "../socket/websocket-server.ts";
import { ReadTurns } from "./read-turns.ts";

/** Whose turn it is, as an application knows it that keeps it in the asynchronous context. */
const who = new AsyncLocalStorage<string>();

// What connections share, a pass over all that have to write, a turn of the event loop, must not mix up whose it is.
describe("what a connection tells of later", () => {
  it("comes in the context of the call that asked for it", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    closeAfterTests(() => server.close());
    const address = await server.ready();
    for (let at = 0; at < 2; at++) await RawPeer.open(address?.port ?? 0);
    await until(() => server.clients.size === 2, "both");
    const heard: unknown[] = [];
    [...server.clients].forEach((socket, at) => {
      who.run(`caller ${at}`, () => socket.send("x", () => heard.push(who.getStore())));
    });
    await until(() => heard.length === 2, "both callbacks");
    assert.deepEqual(heard, ["caller 0", "caller 1"]);
    for (const socket of server.clients) socket.terminate();
  });

  it("goes on in its own context when it had to wait for its turn to read", async () => {
    const turns = new ReadTurns();
    const heard: unknown[] = [];
    for (const name of ["a", "b"]) {
      who.run(name, () => turns.wait({ proceed: () => heard.push(who.getStore()) }, true));
    }
    while (heard.length < 2) await nextTurn();
    assert.deepEqual(heard, ["a", "b"]);
  });

  it("opens in its own context when its handshake had to wait", async () => {
    const heard: unknown[] = [];
    const turns = new HandshakeTurns(
      () => heard.push(who.getStore()),
      10_000,
      () => heard.length * 10,
    );
    const stream = { on() {}, off() {}, destroyed: false };
    // All that is asked of an upgrade here.
    for (const name of ["a", "b", "c"]) who.run(name, () => turns.take({ stream } as unknown as Upgrade));
    while (heard.length < 3) await nextTurn();
    assert.deepEqual(heard, ["a", "b", "c"]);
  });
});
