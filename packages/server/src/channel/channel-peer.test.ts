import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Log, MemoryLog } from "@everwire/broker";
import type { ChannelRecord } from "@everwire/protocol";
import type { Socket } from "../socket/socket.ts";
import { rig, until, type WireClient, within } from "../wire-client.test.ts";
import type { ChannelServiceOptions } from "./channel-options.ts";
import { ChannelService } from "./channel-service.ts";

export type Answer = Record<string, unknown> & { ok: boolean };

/** A connected client that makes channel calls and keeps the events it gets, in order. */
export class ChannelPeer {
  readonly client: WireClient;
  readonly id: string;
  readonly events: [name: string, message: Record<string, unknown>][] = [];
  /** Every answer, in the order of arrival. */
  readonly answers: Answer[] = [];
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(client: WireClient, id: string) {
    this.client = client;
    this.id = id;
    void this.#read();
  }

  /** Makes a call and returns its answer. */
  call(event: string, request: unknown): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    void this.client.send(`2${id}${JSON.stringify([event, request])}`);
    return within(answer, `the answer to ${event}`);
  }

  /** Makes a call and returns the code of its refusal. */
  async refused(event: string, request: unknown): Promise<unknown> {
    const answer = await this.call(event, request);
    assert.equal(answer.ok, false);
    assert.ok(typeof answer.error === "object" && answer.error !== null && "code" in answer.error);
    return answer.error.code;
  }

  /** The records that arrived live, in the order in which they did. */
  get live(): ChannelRecord[] {
    // What a server under test sends; a wrong shape fails the comparison that follows.
    return this.named("channel:record").map((message) => message.record as ChannelRecord);
  }

  named(event: string): Record<string, unknown>[] {
    return this.events.filter(([name]) => name === event).map(([, message]) => message);
  }

  async #read(): Promise<void> {
    for (;;) {
      const packet = await this.client.packet().catch(() => undefined);
      if (packet === undefined) return;
      const [prefix, payload] = packet;
      if (!Array.isArray(payload)) return;
      if (prefix === "2") this.events.push([payload[0], payload[1]]);
      else {
        this.answers.push(payload[0]);
        this.#answers.get(Number(prefix.slice(1)))?.(payload[0]);
      }
    }
  }
}

export interface ChannelRig {
  readonly service: ChannelService<Socket>;
  readonly log: Log;
  readonly failures: unknown[];
  peer(auth?: object): Promise<ChannelPeer>;
}

/** A server with channels on "/", over a log in memory unless the options bring one. */
export async function channelRig(
  context: TestContext,
  options: Partial<ChannelServiceOptions<Socket>> = {},
): Promise<ChannelRig> {
  const log = options.log ?? new MemoryLog();
  const { server, open } = await rig(context);
  const failures: unknown[] = [];
  server.on("handler_error", ({ error }) => failures.push(error));
  const service = new ChannelService<Socket>(server.sockets, { publishBurst: 10_000, ...options, log });
  const peer = async (auth?: object): Promise<ChannelPeer> => {
    const client = await open();
    return new ChannelPeer(client, await client.connect("/", auth));
  };
  return { service, log, failures, peer };
}

test("a round trip is acknowledged at once", async (context) => {
  const { peer } = await channelRig(context);
  assert.deepEqual(await (await peer()).call("channel:ping", {}), { ok: true });
});

test("a channel is live for its subscribers only", async (context) => {
  const { peer, service } = await channelRig(context);
  const [a, b] = [await peer(), await peer()];
  await a.call("channel:subscribe", { channel: "room:x" });
  assert.equal(service.subscribers("room:x"), 1);
  const answer = await b.call("channel:publish", { channel: "room:x", id: "m1", data: { text: "hi" } });
  await until(() => a.live.length === 1, "the record");
  const [record] = a.live;
  assert.deepEqual(record, { offset: 1, id: "m1", publisher: b.id, time: answer.time, data: { text: "hi" } });
  assert.deepEqual(answer, {
    ok: true,
    id: "m1",
    epoch: a.named("channel:record")[0]?.epoch,
    offset: 1,
    time: answer.time,
    duplicate: false,
  });
  await a.call("channel:unsubscribe", { channel: "room:x" });
  await b.call("channel:publish", { channel: "room:x", id: "m2", data: 2 });
  await a.call("channel:ping", {});
  assert.equal(a.live.length, 1);
  assert.equal(b.live.length, 0);
  assert.deepEqual([...service.names()], []);
});
