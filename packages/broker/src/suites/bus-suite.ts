import assert from "node:assert/strict";
import type { Bus, BusMessage } from "../bus.ts";
import { type MakeBuses, withBuses } from "./bus-bench.ts";
import { busRequestCases } from "./bus-request-cases.ts";
import { assertFails, bytes, type Cases, runSuite, type Skips, text, until } from "./suite.ts";

/** What every bus must do. */
export function busSuite(name: string, make: MakeBuses, skips: Skips = {}): void {
  runSuite(`bus: ${name}`, make, skips, publishCases, subscriptionCases, busRequestCases);
}

const publishCases: Cases<MakeBuses> = {
  "a message reaches the subscribed other nodes and not its own": (make) =>
    withBuses(make, async (a, b, c) => {
      const seen: string[] = [];
      const record = (message: BusMessage): void => {
        seen.push(`${message.topic} ${message.from} ${text(message.data)}`);
      };
      await a.subscribe("t", () => seen.push("own"));
      await b.subscribe("t", record);
      await c.subscribe("t", record);
      await c.subscribe("other", () => seen.push("other topic"));
      await a.publish("t", bytes("hello"));
      await until(() => seen.length >= 2, "two deliveries");
      await flush(a, b, c);
      assert.deepEqual(seen, ["t a hello", "t a hello"]);
    }),

  "the messages of one node arrive in the order in which they were published": (make) =>
    withBuses(make, async (a, b) => {
      const seen: number[] = [];
      await b.subscribe("t", (message) => seen.push(Number(text(message.data))));
      const sent = Array.from({ length: 1000 }, (_, index) => index);
      await Promise.all(sent.map((index) => a.publish("t", bytes(String(index)))));
      await until(() => seen.length >= 1000, "1000 deliveries");
      assert.deepEqual(seen, sent);
    }),

  "bytes arrive unchanged, whatever the publisher does with its buffer": (make) =>
    withBuses(make, async (a, b) => {
      const seen: Uint8Array[] = [];
      await b.subscribe("t", (message) => seen.push(message.data));
      const data = Uint8Array.from({ length: 256 }, (_, index) => index);
      const published = a.publish("t", data);
      data.fill(0);
      await published;
      await a.publish("t", new Uint8Array());
      await until(() => seen.length >= 2, "two deliveries");
      assert.deepEqual([...(seen[0] ?? [])], [...Uint8Array.from({ length: 256 }, (_, index) => index)]);
      assert.equal(seen[1]?.byteLength, 0);
    }),

  "topics that a bus could not keep apart are refused": (make) =>
    withBuses(make, async (a) => {
      for (const topic of ["", "a\nb", "\ud800", "x".repeat(513)]) {
        await assertFails(a.publish(topic, bytes("")), "invalid_topic");
        await assertFails(
          a.subscribe(topic, () => undefined),
          "invalid_topic",
        );
      }
    }),

  "a closed bus refuses calls and hears nothing": (make) =>
    withBuses(make, async (a, b) => {
      const seen: string[] = [];
      await b.subscribe("t", () => seen.push("message"));
      await b.close();
      await b.close();
      await a.publish("t", bytes("x"));
      await assertFails(b.publish("t", bytes("x")), "bus_closed");
      await assertFails(
        b.subscribe("t", () => undefined),
        "bus_closed",
      );
      await assertFails(b.request("a", bytes("x")), "bus_closed");
      await assertFails(b.survey(bytes("x")), "bus_closed");
      assert.deepEqual(seen, []);
    }),
};

const subscriptionCases: Cases<MakeBuses> = {
  "each handler of a topic gets every message, also the same handler twice": (make) =>
    withBuses(make, async (a, b) => {
      let calls = 0;
      const handler = (): void => {
        calls += 1;
      };
      const end = await b.subscribe("t", handler);
      await b.subscribe("t", handler);
      await a.publish("t", bytes("x"));
      await until(() => calls >= 2, "two calls");
      await end();
      await end();
      await a.publish("t", bytes("x"));
      await until(() => calls >= 3, "the third call");
      await flush(a, b);
      assert.equal(calls, 3);
    }),

  "an ended subscription hears nothing more": (make) =>
    withBuses(make, async (a, b) => {
      const seen: string[] = [];
      const end = await b.subscribe("t", () => seen.push("message"));
      await end();
      await a.publish("t", bytes("x"));
      await flush(a, b);
      assert.deepEqual(seen, []);
    }),

  "handlers run outside the call that caused them": (make) =>
    withBuses(make, async (a, b) => {
      let inside = false;
      const seen: boolean[] = [];
      await b.subscribe("t", () => seen.push(inside));
      inside = true;
      const published = a.publish("t", bytes("x"));
      inside = false;
      await published;
      await until(() => seen.length > 0, "the delivery");
      assert.deepEqual(seen, [false]);
    }),

  "a handler that throws is reported and stops nobody": (make) =>
    withBuses(make, async (a, b, _c, _advance, reported) => {
      const seen: string[] = [];
      await b.subscribe("t", () => {
        throw new Error("handler");
      });
      await b.subscribe("t", (message) => seen.push(text(message.data)));
      await a.publish("t", bytes("1"));
      await a.publish("t", bytes("2"));
      await until(() => seen.length >= 2, "two deliveries");
      assert.deepEqual(seen, ["1", "2"]);
      assert.equal(reported.length, 2);
    }),
};

/** Waits until everything published before on "a" has arrived at the others: one more message overtakes nothing. */
async function flush(a: Bus, ...others: Bus[]): Promise<void> {
  const arrived = new Set<string>();
  const targets = others.filter((bus) => bus !== a);
  for (const bus of targets) await bus.subscribe("flush", () => arrived.add(bus.node));
  await a.publish("flush", bytes(""));
  await until(() => arrived.size === targets.length, "the flush to arrive");
}
