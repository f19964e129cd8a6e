import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { MemoryLog } from "@everwire/broker";
import { smallParser } from "../packet/small-parser.test.ts";
import type { Socket } from "../socket/socket.ts";
import { rig } from "../wire-client.test.ts";
import { ChannelService } from "./channel-service.ts";
import { assertJson } from "./json-data.ts";

const RICH: readonly unknown[] = [1n, new Map([[1, 2]]), new Date(0), Number.NaN, [undefined], { a: { b: new Set() } }];

test("what JSON can say is data, with fields that are not there", () => {
  for (const data of [null, 0, -1.5, "", true, [], [[{ a: [null] }]], { a: undefined }, { __proto__: null, a: 1 }]) {
    assertJson(data);
  }
  for (const data of [...RICH, undefined, Symbol("s"), () => 1, /(?:)/]) {
    assert.throws(() => assertJson(data), { message: /JSON/ });
  }
});

test("a parser that knows more than JSON puts nothing else into channels", async (context) => {
  const { server, open } = await rig(context, { parser: smallParser });
  const failures: unknown[] = [];
  server.on("handler_error", ({ error }) => failures.push(error));
  const service = new ChannelService<Socket>(server.sockets, { log: new MemoryLog() });
  const client = await open();
  await client.send('{"type":0,"nsp":"/"}');
  await client.take();
  let id = 0;
  /** The code of the refusal, or true. */
  const call = async (event: string, request: object): Promise<unknown> => {
    id += 1;
    await client.send(serialize({ type: 2, nsp: "/", id, data: [event, request] }));
    for (;;) {
      const message = await client.take();
      const packet: { type: number; data: { ok: boolean; error?: { code: string } }[] } = deserialize(
        typeof message === "string" ? Buffer.from(message) : message,
      );
      if (packet.type === 3) return packet.data[0]?.error?.code ?? packet.data[0]?.ok;
    }
  };
  assert.equal(await call("channel:subscribe", { channel: "c" }), true);
  for (const [number, data] of RICH.entries()) {
    assert.equal(await call("channel:publish", { channel: "c", id: `m${number}`, data }), "invalid_data");
    assert.equal(await call("channel:signal", { channel: "c", data }), "invalid_data");
    assert.equal(await call("channel:enter", { channel: "c", data }), "invalid_data");
  }
  assert.equal(await call("channel:publish", { channel: "c", id: "m", data: { a: [1] } }), true);
  assert.equal(await call("channel:enter", { channel: "c", data: null }), true);
  assert.deepEqual(failures, []);
  service.close();
});
