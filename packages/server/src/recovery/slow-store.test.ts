import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import type { ParkedSocket, RecoveryStore } from "./recovery-store.ts";

/** Keeps sockets, and takes a turn of the event loop to give them back. */
class SlowStore implements RecoveryStore {
  readonly epoch = "slow";
  readonly head = 0;
  readonly parked = new Map<string, [ParkedSocket, () => void]>();
  reads = 0;
  readonly #readable: number;

  constructor(readable = Number.POSITIVE_INFINITY) {
    this.#readable = readable;
  }

  append(): void {
    throw new Error("nothing is kept");
  }

  park(socket: ParkedSocket, released: () => void): void {
    this.parked.set(socket.pid, [socket, released]);
  }

  async claim(_namespace: string, pid: string): Promise<ParkedSocket | undefined> {
    const [socket, released] = this.parked.get(pid) ?? [];
    this.parked.delete(pid);
    released?.();
    await new Promise((resolve) => setImmediate(resolve));
    return socket;
  }

  missed(): readonly never[] {
    this.reads += 1;
    if (this.reads > this.#readable) throw new Error("the store is broken");
    return [];
  }
}

interface Reply {
  readonly pid: string;
  readonly sid: string;
  readonly offset?: string;
}

function replyOf([prefix, payload]: [string, unknown]): Reply {
  assert.equal(prefix, "0/room-1,");
  return payload as Reply;
}

test("a namespace that was made for a client is still there when a slow store has found the client's socket", async (context) => {
  const store = new SlowStore();
  const { server, origin, open } = await rig(context, { connectionStateRecovery: { store } });
  server.of(/^\/room-\d$/);
  const made: string[] = [];
  server.on("new_namespace", ({ name }) => made.push(name));
  const client = await open();
  await client.send("0/room-1,");
  const { pid, sid } = replyOf(await client.packet());
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
  await until(() => store.parked.size === 1, "the parked socket");
  const again = await open();
  await again.send(`0/room-1,${JSON.stringify({ pid })}`);
  assert.deepEqual(replyOf(await again.packet()), { pid, sid });
  assert.deepEqual(made, ["/room-1"]);
  assert.deepEqual([...server.of("/room-1").sockets.keys()], [sid]);
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${again.sid}`, { method: "POST", body: "1" });
  await until(() => store.parked.size === 1, "the parked socket");
  // The last one that may come back keeps the namespace, and nothing else does.
  for (const [, released] of store.parked.values()) released();
  await until(() => !server._nsps.has("/room-1"), "the end of the namespace");
});

test("a store that fails when the events are read leaves a client that begins anew", async (context) => {
  const store = new SlowStore(1);
  const { server, origin, open } = await rig(context, { connectionStateRecovery: { store } });
  server.of(/^\/room-\d$/);
  const client = await open();
  await client.send("0/room-1,");
  const { pid } = replyOf(await client.packet());
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
  await until(() => store.parked.size === 1, "the parked socket");
  const failed = new Promise((resolve) => server.on("handler_error", resolve));
  const room: Promise<Socket> = nextSocket(server.of("/room-1"));
  const again = await open();
  await again.send(`0/room-1,${JSON.stringify({ pid })}`);
  const reply = replyOf(await again.packet());
  assert.deepEqual([reply.pid === pid, reply.offset], [false, "slow:0"]);
  assert.equal((await room).recovered, false);
  await within(failed, "the report");
});
