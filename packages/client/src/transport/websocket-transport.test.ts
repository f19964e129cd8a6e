import assert from "node:assert/strict";
import { it } from "node:test";
import { settled, TestClock } from "./test-clock.test.ts";
import { TestConnector } from "./test-downlink.test.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

const UNHEARD = { open: () => {}, packet: () => {}, drain: () => {}, ended: () => {}, close: () => {} };

it("tells the server by the code whether the client leaves", () => {
  const codes: unknown[] = [];
  const connector = new TestConnector();
  connector.dial = () => ({ bufferedAmount: 0, send: () => undefined, close: (code) => codes.push(code) });
  for (const end of ["abandon", "close"] as const) {
    const transport = new WebSocketTransport("ws://server.example/", connector, new TestClock(), UNHEARD);
    transport.open();
    transport[end]();
  }
  assert.deepEqual(codes, [4_000, undefined]);
});

it("a WebSocket that a page may not open is reported as one that did not open", async () => {
  const seen: string[] = [];
  const connector = new TestConnector();
  // As browsers do for `ws:` in a page that came over https.
  connector.dial = () => {
    throw new DOMException("insecure", "SecurityError");
  };
  const transport = new WebSocketTransport("ws://server.example/", connector, new TestClock(), {
    open: () => seen.push("open"),
    packet: () => seen.push("packet"),
    drain: () => seen.push("drain"),
    ended: () => seen.push("ended"),
    close: (code, detail) => seen.push(`${code}: ${detail}`),
  });
  transport.open();
  assert.deepEqual(seen, [], "never from inside a call");
  await settled();
  assert.deepEqual(seen, ["open_failed: SecurityError: insecure"]);
});
