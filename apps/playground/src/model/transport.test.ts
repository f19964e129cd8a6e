import assert from "node:assert/strict";
import { test } from "node:test";
import {
  readTransport,
  reasonSentence,
  TRANSPORT_CHOICES,
  TRANSPORTS,
  transportsOf,
  transportTitle,
} from "./transport.ts";

test("every transport can be chosen, is tried first then, and has a title of its own", () => {
  assert.deepEqual(TRANSPORT_CHOICES, ["auto", ...TRANSPORTS]);
  for (const name of TRANSPORTS) assert.equal(transportsOf(name)?.[0], name);
  assert.equal(new Set(TRANSPORTS.map(transportTitle)).size, TRANSPORTS.length);
});

test("the client decides unless somebody chooses", () => {
  assert.equal(transportsOf("auto"), undefined);
});

test("what loads into the page falls back to polling, the others to nothing", () => {
  assert.deepEqual(transportsOf("iframe"), ["iframe", "polling"]);
  assert.deepEqual(transportsOf("jsonp"), ["jsonp", "polling"]);
  assert.deepEqual(transportsOf("sse"), ["sse"]);
});

test("names from elsewhere are narrowed", () => {
  assert.equal(readTransport("short-polling"), "short-polling");
  for (const other of ["pigeon", "", undefined, null, 1, ["polling"]]) assert.equal(readTransport(other), undefined);
});

test("the reason is told to the one who chose", () => {
  assert.equal(reasonSentence("sse", "buffered", "sse"), "The one before it was held up on the way.");
  assert.equal(reasonSentence("websocket", "chosen", "websocket"), "You chose it.");
  assert.equal(reasonSentence("websocket", "chosen", "auto"), "It is the best that opens now.");
  assert.equal(reasonSentence("websocket", "raced", "auto"), "It was open before the others.");
  assert.equal(reasonSentence("polling", "chosen", "jsonp"), "JSONP did not open.");
});
