/** `connect` of @everwire/websocket against every case for clients. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { connect } from "@everwire/websocket";
import { clientCases, familyOf } from "./catalogue.ts";
import type { CaseResult } from "./conformance-case.ts";
import { runClientSuite } from "./run-client-suite.ts";

const MAX_PAYLOAD = 1_000_000;

const families = [...new Set(clientCases({ maxPayload: MAX_PAYLOAD }).map(({ id }) => familyOf(id)))].sort();

/** With context takeover on offer, every agreement that a case wants to make can be made. */
const perMessageDeflate = { serverNoContextTakeover: false, clientNoContextTakeover: false };

/** An echo client. A handshake that fails is for the suite to judge, by what it sees. */
async function echo(url: string): Promise<void> {
  const connection = await connect(url, { maxPayload: MAX_PAYLOAD, perMessageDeflate });
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

/** No case is left out and none is merely tolerated. */
function isRemarkable({ status }: CaseResult): boolean {
  return status !== "pass";
}
