import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getHeapStatistics } from "node:v8";
import { type ListenerOptions, resolveListenerOptions } from "./listener-options.ts";

describe("the options of a listener", () => {
  it("are safe when nothing is said", () => {
    const { allowRequest, clientAddress, bind, generateId, keepRequest, log, totalQueueLimit, ...values } =
      resolveListenerOptions();
    for (const hook of [allowRequest, clientAddress, bind, generateId, keepRequest]) assert.equal(hook, undefined);
    assert.equal(typeof log, "function");
    assert.equal(totalQueueLimit, Math.floor(getHeapStatistics().heap_size_limit / 4));
    assert.deepEqual(values, {
      path: "/socket.io/",
      transports: ["websocket", "streaming", "sse", "polling", "short-polling", "iframe"],
      allowUpgrades: true,
      allowEIO3: false,
      jsonp: false,
      reattachTimeout: 20_000,
      shortPollingInterval: 1000,
      streamRecycleBytes: 1_048_576,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      upgradeTimeout: 10_000,
      maxPayload: 1_000_000,
      origins: "same-origin",
      cors: {},
      sendQueueLimit: 1_048_576,
      maxPacketsPerPayload: 16_384,
      bodyTimeout: 30_000,
      minBodyRate: 500,
      hosts: undefined,
      allowRequestTimeout: 10_000,
      maxConnectionsPerAddress: 0,
      maxHandshakesPerAddress: 0,
      cookie: false,
    });
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["pingIntervall", 1000],
    ["__proto__x", 1],
    ["pingInterval", 0],
    ["pingTimeout", Number.NaN],
    ["maxPayload", Number.POSITIVE_INFINITY],
    ["sendQueueLimit", -1],
    ["totalQueueLimit", 0],
    ["maxPacketsPerPayload", 1.5],
    ["bodyTimeout", "5000"],
    ["transports", []],
    ["transports", ["polling", "carrier-pigeon"]],
    ["path", "socket.io"],
    ["transports", "polling"],
    ["allowEIO3", "false"],
    ["jsonp", 1],
    ["reattachTimeout", 0],
    ["shortPollingInterval", 0.5],
    ["streamRecycleBytes", -1],
    ["maxConnectionsPerAddress", -1],
    ["maxHandshakesPerAddress", 0.5],
    ["maxConnectionsPerAddress", Number.NaN],
    ["clientAddress", "x-forwarded-for"],
    ["bind", "cookie"],
    ["cookie", null],
    ["cookie", { name: "a b" }],
    ["cookie", { path: "/;x" }],
    ["cookie", { sameSite: "Lax" }],
    ["cookie", { maxAge: 1.5 }],
  ];
  for (const [name, value] of wrong) {
    it(`${name}: ${JSON.stringify(value)} is refused at start`, () => {
      // What configuration files hold is not what the type says; that is the point of the test.
      const given: Partial<ListenerOptions> = Object.fromEntries([[name, value]]);
      assert.throws(() => resolveListenerOptions(given), TypeError);
    });
  }

  it("one list says what is served, best first, whichever option said so", () => {
    assert.deepEqual(resolveListenerOptions({ transports: ["polling", "websocket"], jsonp: true }).transports, [
      "websocket",
      "polling",
      "jsonp",
    ]);
    assert.equal(resolveListenerOptions({ transports: ["jsonp"] }).jsonp, true);
  });

  it("an option that is undefined is one that was not given, and a path ends with a slash", () => {
    const given: Partial<ListenerOptions> = Object.fromEntries([["pingInterval", undefined]]);
    assert.equal(resolveListenerOptions(given).pingInterval, 25_000);
    assert.equal(resolveListenerOptions({ path: "/x" }).path, "/x/");
  });
});
