import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { closeAfterTests, RawPeer, until, upgradeRequest } from "../raw-peer.test.ts";
import { WebSocketServer } from "../socket/websocket-server.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import type { Upgrade, UpgradeRefusal } from "./upgrade.ts";

/** A request that notes how it was refused. */
class Request implements Upgrade {
  readonly request = new IncomingMessage(new Socket());
  readonly stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  refused: UpgradeRefusal | undefined;

  check(): undefined {
    return undefined;
  }

  accept(): never {
    return assert.fail("nobody accepts it");
  }

  refuse(refusal: UpgradeRefusal): void {
    this.refused = refusal;
  }
}

/** Turns in which each admission takes so many milliseconds of a clock that nobody else moves. */
function turnsOf(ms: number, timeout = 10_000): { turns: HandshakeTurns; admitted: Upgrade[] } {
  const admitted: Upgrade[] = [];
  let now = 0;
  const admit = (upgrade: Upgrade): void => {
    admitted.push(upgrade);
    now += ms;
  };
  return { turns: new HandshakeTurns(admit, timeout, () => now), admitted };
}

describe("turns of opening handshakes", () => {
  it("admit at once what fits into a turn, and the rest in order in the turns to come", async () => {
    const { turns, admitted } = turnsOf(2);
    const requests = Array.from({ length: 8 }, () => new Request());
    for (const request of requests) turns.take(request);
    assert.equal(admitted.length, 3);
    await nextTurn();
    assert.equal(admitted.length, 6);
    const late = new Request();
    turns.take(late);
    await until(() => admitted.length === 9, "the last admission");
    assert.deepEqual(admitted, [...requests, late]);
  });

  it("forget who leaves meanwhile", async () => {
    const { turns, admitted } = turnsOf(10);
    const requests = Array.from({ length: 4 }, () => new Request());
    for (const request of requests) turns.take(request);
    requests[1]?.stream.destroy(new Error("reset by the peer"));
    await until(() => admitted.length === 3, "the last admission");
    assert.deepEqual(admitted, [requests[0], requests[2], requests[3]]);
  });

  it("answer 503 to who has waited too long", async () => {
    const { turns, admitted } = turnsOf(10, 15);
    const requests = Array.from({ length: 4 }, () => new Request());
    for (const request of requests) turns.take(request);
    await until(() => requests[3]?.refused !== undefined, "the refusal");
    assert.deepEqual(admitted, requests.slice(0, 3));
    assert.equal(requests[3]?.refused?.status, 503);
  });

  it("answer 503 to those beyond the bound, and to all who wait when the server closes", () => {
    const { turns, admitted } = turnsOf(10);
    const requests = Array.from({ length: 16_386 }, () => new Request());
    for (const request of requests) turns.take(request);
    assert.equal(requests.at(-1)?.refused?.body, "too many handshakes wait, or for too long");
    assert.equal(requests.at(-2)?.refused, undefined);
    turns.close();
    assert.deepEqual([requests[1]?.refused?.status, requests.at(-2)?.refused?.status], [503, 503]);
    assert.equal(admitted.length, 1);
  });

  it("serve everybody who comes at once, though each takes a while", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    closeAfterTests(() => server.close());
    const address = await server.ready();
    server.on("connection", () => {
      const end = performance.now() + 2;
      while (performance.now() < end);
    });
    const peers = await Promise.all(Array.from({ length: 30 }, () => RawPeer.dial(address?.port ?? 0)));
    for (const peer of peers) peer.write(Buffer.from(upgradeRequest()));
    await until(() => peers.every(({ received }) => received.includes("101 Switching")), "30 upgrades");
    assert.equal(server.clients.size, 30);
    for (const socket of server.clients) socket.terminate();
  });
});
