/** `connect` of @everwire/websocket against every case for clients. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connect } from "@everwire/websocket";
import { clientCases, familyOf } from "./catalogue.ts";
import type { CaseResult } from "./conformance-case.ts";
import { runClientSuite } from "./run-client-suite.ts";

const MAX_PAYLOAD = 1_000_000;

const NOT_OFFERED = /^the client does not offer /;

const families = [...new Set(clientCases({ maxPayload: MAX_PAYLOAD }).map(({ id }) => familyOf(id)))].sort();

/** An echo client. A handshake that fails is for the suite to judge, by what it sees. */
async function echo(url: string): Promise<void> {
  const connection = await connect(url, { maxPayload: MAX_PAYLOAD });
  connection.start({ message: (data) => connection.send(data), close: () => {} });
}

describe("connect of @everwire/websocket", () => {
  let results: CaseResult[] = [];

  before(async () => {
    results = await runClientSuite((url) => void echo(url).catch(() => {}), { maxPayload: MAX_PAYLOAD });
  });

  for (const family of families) {
    it(`does all of RFC ${family.replace("/", " section ")}`, () => {
      const members = results.filter(({ id }) => familyOf(id) === family);
      assert.ok(members.length > 0);
      assert.deepEqual(members.filter(isRemarkable), []);
    });
  }
});

/** Nothing but an extension that is not offered is a reason for a case not to run. */
function isRemarkable({ status, detail }: CaseResult): boolean {
  return status === "skip" ? !NOT_OFFERED.test(detail) : status !== "pass";
}
