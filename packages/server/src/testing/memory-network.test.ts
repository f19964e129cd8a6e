import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { until } from "../wire-client.test.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { MemorySocket } from "./memory-socket.ts";

const NOBODY = { left: () => undefined, arrived: () => undefined };

function get(network: MemoryNetwork): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request("http://memory.invalid/", { agent: network.agent }, resolve).on("error", reject).end();
  });
}

test("an HTTP server answers requests that never were on a network", async () => {
  const http = createServer((incoming, response) => response.end(`you are ${incoming.socket.remoteAddress}`));
  const network = new MemoryNetwork(http);
  const response = await get(network);
  assert.equal((await response.toArray()).join(""), "you are 127.0.0.1");
  assert.equal(http.listening, false);
  await network.quiet();
});

test("a cut breaks what is open, and nothing can be dialled while the network is down", async () => {
  const http = createServer(() => undefined);
  const network = new MemoryNetwork(http);
  const waiting = get(network);
  await once(http, "request");
  network.cut();
  await assert.rejects(waiting, { code: "ECONNRESET" });
  network.cut({ down: true });
  await assert.rejects(get(network), /the network is down/);
  network.restore();
  http.removeAllListeners("request").on("request", (_request, response) => response.end());
  assert.equal((await get(network)).statusCode, 200);
});

test("bytes come whole and in order, and a reader that does not read makes the writer wait", async () => {
  const [near, far] = MemorySocket.pair(NOBODY);
  let taken = 0;
  const chunk = Buffer.alloc(1024, "x");
  for (let sent = 0; sent < 300; sent++) near.write(chunk, () => (taken += 1));
  near.end("end");
  await until(() => taken > 0, "the first write to be taken");
  for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(taken < 300, "the reader has not read");
  const chunks: Buffer[] = [];
  far.on("data", (bytes: Buffer) => chunks.push(bytes));
  await once(far, "end");
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, 300 * chunk.length + 3);
  assert.equal(bytes.subarray(-3).toString(), "end");
  far.end();
  near.resume();
  await Promise.all([once(near, "close"), once(far, "close")]);
});

test("the other end of a connection that breaks is closed too", async () => {
  const [near, far] = MemorySocket.pair(NOBODY);
  near.destroy();
  await once(far, "close");
  assert.ok(far.destroyed);
});

test("the network is quiet when the last answer has come, however many there were", async () => {
  const http = createServer((_request, response) => response.end("pong"));
  const network = new MemoryNetwork(http);
  const answers: number[] = [];
  const ask = async (): Promise<void> => {
    const response = await get(network);
    response.resume();
    await once(response, "end");
    if (answers.push(response.statusCode ?? 0) < 5) await ask();
  };
  void ask();
  await network.quiet();
  assert.deepEqual(answers, [200, 200, 200, 200, 200]);
});
