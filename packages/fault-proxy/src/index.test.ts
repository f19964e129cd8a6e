import assert from "node:assert/strict";
import { it } from "node:test";
import { FAULT_MANUAL, FAULT_NAMES, FaultOptionError, FaultProxy } from "./index.ts";

it("exports the proxy, the table of faults and the error of a wrong one", () => {
  for (const each of [FaultProxy.start, FaultOptionError]) assert.equal(typeof each, "function");
  assert.equal(FAULT_NAMES.length, Object.keys(FAULT_MANUAL).length);
});
