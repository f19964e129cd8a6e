import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransportName } from "../transport/engine-transport.ts";
import { TestNetwork } from "../transport/test-transport.test.ts";
import { carrierOf } from "./carrier.ts";
import { RequestPace } from "./request-pace.ts";

const UNHEARD = { open: () => {}, packet: () => {}, drain: () => {}, ended: () => {}, close: () => {} };

/** Pauses after answers that took so many ms each. */
function pauses(name: TransportName, took: number, { useful = false, hint }: { useful?: boolean; hint?: number } = {}) {
  const pace = new RequestPace();
  const carrier = carrierOf(new TestNetwork().create(name, undefined, UNHEARD), 1, 0);
  return Array.from({ length: 6 }, () => pace.pause({ ...carrier, useful, hint }, took));
}

describe("the next request follows", () => {
  for (const [what, name, took, more, expected] of [
    ["at once after an answer that brought something", "polling", 1, { useful: true }, [0, 0, 0, 0, 0, 0]],
    ["at once after one that took its time", "polling", 1_000, {}, [0, 0, 0, 0, 0, 0]],
    ["ever more slowly after empty ones", "polling", 1, {}, [0, 0, 0, 160, 320, 640]],
    ["not at all for a stream that is ended again and again", "sse", 1, {}, [0, 0, 0, undefined, 0, 0]],
    ["after the server's hint", "short-polling", 1, { hint: 40 }, [40, 40, 40, 40, 40, 40]],
    ["after a second without one", "short-polling", 1, { useful: true }, Array(6).fill(1_000)],
  ] as const) {
    it(what, () => assert.deepEqual(pauses(name, took, more), expected));
  }
});
