import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { failures, PROTOCOL_FAILURES } from "./failure-table.ts";
import { ProtocolFailure } from "./failures.ts";

test("every row is found under its own code", () => {
  assert.equal(PROTOCOL_FAILURES.size, Object.keys(failures).length);
  for (const [name, failure] of Object.entries(failures)) {
    assert.equal(failure.code, name);
    assert.equal(PROTOCOL_FAILURES.get(failure.code), failure);
  }
});

test("rows are frozen instances with a meaning of their own", () => {
  const meanings = new Set<string>();
  for (const failure of PROTOCOL_FAILURES.values()) {
    assert.ok(failure instanceof ProtocolFailure);
    assert.ok(Object.isFrozen(failure));
    assert.ok(failure.meaning.length > 10);
    meanings.add(failure.meaning);
  }
  assert.equal(meanings.size, PROTOCOL_FAILURES.size);
});

test("the number of rows changes only on purpose: codes are public and never reused", () => {
  assert.equal(PROTOCOL_FAILURES.size, 45);
});

test("only a failure that leaves the session alone can be worth a retry", () => {
  for (const failure of PROTOCOL_FAILURES.values()) {
    if (failure.effect === "close") assert.equal(failure.retry, false);
  }
  assert.deepEqual(
    [...PROTOCOL_FAILURES.values()].filter(({ retry }) => retry).map(({ code }) => code),
    ["internal", "overloaded", "rate_limited", "service_closed", "too_many_members", "unavailable"],
  );
});

test("the protocol documents name every code", () => {
  const documents = ["engine", "revision-3", "events", "channels"].map((name) =>
    readFileSync(new URL(`../../../docs/protocol/${name}.md`, import.meta.url), "utf8"),
  );
  for (const code of PROTOCOL_FAILURES.keys()) {
    assert.ok(
      documents.some((text) => text.includes(`\`${code}\``)),
      code,
    );
  }
});
