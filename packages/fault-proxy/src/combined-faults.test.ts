import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Agent } from "node:http";
import { describe, it } from "node:test";
import type { Faults } from "./faults.ts";
import { SeededRandom } from "./seeded-random.ts";
import { ask, httpProxy } from "./test-peers.test.ts";

/** Faults that hurt and lose nothing; each with a chance of one half. */
function harmless(random: SeededRandom): Faults {
  const all: Faults = {
    delay: { ms: random.below(5), jitter: random.below(10) },
    bandwidth: { bytes: 200_000 + random.below(2_000_000) },
    chunkSize: { bytes: 500 + random.below(5000) },
    bufferResponses: { bytes: 1 + random.below(50_000), head: random.chance(0.5) },
    bufferRequests: { bytes: 1 + random.below(50_000), ms: 1 + random.below(10) },
    stripHeaders: ["date"],
    duplicateRequests: { methods: "PUT", parallel: random.chance(0.5) },
    blockUpgrade: "strip",
    cutIdle: 60_000,
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.5)));
}

/** Faults that lose what they like. */
function harmful(random: SeededRandom): Faults {
  const all: Faults = {
    ...harmless(random),
    truncate: { bytes: random.below(20_000), how: random.chance(0.5) ? "fin" : "complete" },
    injectStatus: { status: [502, 503], probability: 0.3 },
    cutAfter: { toClient: random.below(100_000), ms: 50 + random.below(100) },
    resetAfter: { toServer: random.below(100_000), ms: 50 + random.below(100) },
    corrupt: { every: 1 + random.below(5000) },
    dropEvery: 2,
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.5)));
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("combined faults", () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`that only hurt leave every body whole while they change (seed ${seed})`, async (t) => {
      const random = new SeededRandom(`harmless/${seed}`);
      const proxy = await httpProxy(t, (request, response) => void request.pipe(response), {
        seed,
        ...harmless(random),
      });
      const agent = new Agent({ keepAlive: true, maxSockets: 2 });
      t.after(() => agent.destroy());
      const work = Array.from({ length: 8 }, async (_, at) => {
        const body = String(at).repeat(random.below(30_000));
        const method = random.chance(0.5) ? "POST" : "PUT";
        const answer = await ask(proxy, "/", { agent, method, body: [body.slice(0, 100), body.slice(100)] });
        assert.deepEqual([answer.status, digest(answer.body), answer.isCut], [200, digest(body), false]);
        proxy.set(harmless(random));
      });
      await Promise.all(work);
    });

    it(`that lose never stop the proxy (seed ${seed})`, async (t) => {
      const random = new SeededRandom(`harmful/${seed}`);
      const proxy = await httpProxy(t, (request, response) => void request.pipe(response), {
        seed,
        ...harmful(random),
      });
      const work = Array.from({ length: 8 }, async (_, at) => {
        await ask(proxy, "/", { method: "POST", body: "x".repeat(random.below(60_000)) }).catch(() => {});
        if (at % 2 === 0) proxy.set(harmful(random));
      });
      // What a corrupted length makes a peer wait for never comes.
      proxy.set({ ...harmful(random), cutAfter: 300 });
      await Promise.race([Promise.all(work), new Promise((resolve) => void setTimeout(resolve, 400).unref())]);
      proxy.set({});
      assert.equal((await ask(proxy, "/", { method: "POST", body: "alive" })).body, "alive");
    });
  }
});
