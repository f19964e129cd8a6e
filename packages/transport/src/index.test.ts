import assert from "node:assert/strict";
import { test } from "node:test";
import * as surface from "./index.ts";

test("what the package exports", () => {
  assert.deepEqual(Object.keys(surface).sort(), [
    "AdmissionRefusal",
    "Listener",
    "OutgoingPacket",
    "TRANSPORT_FAILURES",
    "TransportFailure",
    "defaultLog",
    "networkOf",
  ]);
});
