/** The suite itself: its cases are well named, and each kind of fault is found by the cases that are there for it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientCases, familyOf, serverCases } from "./catalogue.ts";
import type { CaseResult } from "./conformance-case.ts";
import { dialFaultily, startFaultyServer } from "./faulty-peer.ts";
import { type ClientSuiteOptions, runClientSuite } from "./run-client-suite.ts";
import { runServerSuite, type ServerSuiteOptions } from "./run-server-suite.ts";

/** What a fault makes of a case is known as soon as nothing more comes; right peers are much faster. */
const DEADLINE = 800;
const PATIENCE = 60_000;

type Mutant = readonly [fault: string, ...caughtBy: string[]];

const BOTH: readonly Mutant[] = [
  ["mask-unchecked", "6455/5.1/"],
  ["masks-wrongly", "6455/5.6/text-125-whole"],
  ["reserved-bits-ignored", "6455/5.2/rsv-1-", "6455/5.2/rsv-2-", "6455/5.2/rsv-4-"],
  ["reserved-opcode-echoed", "6455/5.2/opcode-3-0", "6455/5.2/opcode-15-8"],
  ["long-control-accepted", "6455/5.5/ping-126", "6455/5.5/close-65536"],
  ["fragmented-control-accepted", "6455/5.5/ping-unfinished-empty", "6455/5.5/close-unfinished-with-payload"],
  ["stray-continuation-echoed", "6455/5.4/continuation-first-last", "6455/5.4/continuation-after-text-last"],
  ["interruption-accepted", "6455/5.4/text-whole-inside-text", "6455/5.4/binary-part-inside-text"],
  ["short-close-accepted", "6455/5.5/close-1"],
  ["close-code-unchecked", "6455/7.4/code-999", "6455/7.4/code-1005", "6455/7.4/code-65535"],
  ["close-reason-unchecked", "6455/5.5.1/reason-bad-surrogate"],
  ["utf8-unchecked", "6455/8.1/bad-lone-80", "6455/8.1/bad-overlong", "6455/8.1/unfinished-e2-82"],
  ["fragments-checked-alone", "6455/8.1/good-greek-cut-1", "6455/8.1/good-u-10ffff-one-byte-parts"],
  ["last-fragment-only", "6455/5.4/text-125-in-2", "6455/5.4/binary-one-byte-times-10"],
  ["type-lost", "6455/5.6/text-1-"],
  ["length-of-15-bits", "6455/5.6/binary-65535-whole"],
  ["chunk-taken-for-frame", "6455/5.6/text-125-bytes", "6455/5.5.2/ten-at-once-bytewise"],
  ["ping-unanswered", "6455/5.5/ping-5", "6455/5.4/ping-between-fragments"],
  ["pong-empty", "6455/5.5/ping-125"],
  ["pong-answered", "6455/5.5/pong-10"],
  ["close-unanswered", "6455/7.4/code-1000", "6455/5.5/close-0"],
  ["goes-on-after-close", "6455/5.5.1/after-close-text", "6455/5.5.1/after-close-ping"],
];

const SERVER: readonly Mutant[] = [
  ["tcp-left-open", "6455/7.1/close-empty"],
  ["bytes-behind-the-handshake-lost", "6455/4/frames-behind-the-handshake-whole"],
  ["accept-wrong", "6455/1.3/example-key", "6455/5.6/text-0-whole"],
  ["extension-invented", "6455/9.1/extension-unknown", "7692/7.1/offer-valid-0"],
  ["method-unchecked", "6455/4.2.1/method-post"],
  ["http-version-unchecked", "6455/4.2.1/line-http-1.0"],
  ["host-unchecked", "6455/4.2.1/host-missing"],
  ["upgrade-unchecked", "6455/4.2.1/upgrade-h2c", "6455/4.2.1/upgrade-missing"],
  ["version-unchecked", "6455/4.4/version-12", "6455/4.4/version-missing", "6455/4.2.2/frames-behind-refused-version"],
  ["key-unchecked", "6455/4.2.1/key-of-15-bytes", "6455/4.2.1/key-missing"],
];

const CLIENT: readonly Mutant[] = [
  ["key-always-zero", "6455/5.6/order-of-10"],
  ["handshake-key-constant", "6455/4.1/opens-"],
  ["bytes-behind-the-handshake-lost", "6455/4.1/upgrade-mixed-case"],
  ["status-unchecked", "6455/4.1/status-200", "6455/4.1/redirect"],
  ["upgrade-unchecked", "6455/4.1/upgrade-h2c", "6455/4.1/upgrade-missing"],
  ["connection-unchecked", "6455/4.1/connection-keep-alive", "6455/4.1/connection-missing"],
  ["accept-unchecked", "6455/4.1/accept-empty", "6455/4.1/accept-of-the-example", "6455/4.1/accept-missing"],
  ["protocol-unchecked", "6455/4.1/protocol-unrequested-0"],
  ["extension-unchecked", "6455/4.1/extension-unrequested-0"],
];

/** A peer without fault may take its time, on a machine that has much else to do as well. */
function optionsFor(faults: readonly string[], filter: readonly string[]): ServerSuiteOptions & ClientSuiteOptions {
  return { filter, parallel: 32, deadline: faults.length === 0 ? PATIENCE : DEADLINE };
}

async function againstServer(faults: readonly string[], filter: readonly string[]): Promise<CaseResult[]> {
  const server = await startFaultyServer(faults);
  try {
    return await runServerSuite(server.url, optionsFor(faults, filter));
  } finally {
    server.close();
  }
}

function againstClient(faults: readonly string[], filter: readonly string[]): Promise<CaseResult[]> {
  return runClientSuite((url) => dialFaultily(url, faults), optionsFor(faults, filter));
}

const stages = [
  { name: "server", mutants: [...BOTH, ...SERVER], run: againstServer },
  { name: "client", mutants: [...BOTH, ...CLIENT], run: againstClient },
];

function failedIds(results: readonly CaseResult[]): string[] {
  return results.filter(({ status }) => status === "fail").map(({ id }) => id);
}

for (const { name, mutants, run } of stages) {
  describe(`the suite against a small ${name}`, { concurrency: 8 }, () => {
    const all = mutants.flatMap(([, ...caughtBy]) => caughtBy);

    it("finds nothing when there is no fault", async () => {
      const results = await run([], all);
      assert.deepEqual(failedIds(results), []);
      assert.equal(results.filter(({ status }) => status === "skip").length, 0);
    });

    for (const [fault, ...caughtBy] of mutants) {
      it(`catches "${fault}"`, async () => {
        const failed = failedIds(await run([fault], caughtBy));
        for (const part of caughtBy)
          assert.ok(
            failed.some((id) => id.includes(part)),
            `not caught by ${part}`,
          );
      });
    }
  });
}

describe("the catalogue", () => {
  const catalogues = [
    { name: "servers", cases: serverCases({ maxPayload: 4096 }) },
    { name: "clients", cases: clientCases({ maxPayload: 4096 }) },
  ];
  for (const { name, cases } of catalogues) {
    it(`has at least 500 cases for ${name}, each with an id of its own`, () => {
      assert.ok(cases.length >= 500);
      assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
    });

    it(`names every case for ${name} by RFC and section`, () => {
      for (const { id, title } of cases) {
        assert.match(familyOf(id), /^(6455|7692)\/\d+(\.\d+)*$/);
        assert.ok(title.length > 0, id);
      }
    });
  }
});
