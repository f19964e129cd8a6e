import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ListenerOptions, resolveListenerOptions } from "./listener-options.ts";

describe("the options of a listener", () => {
  it("are safe when nothing is said", () => {
    const { allowRequest, log, ...values } = resolveListenerOptions();
    assert.equal(allowRequest, undefined);
    assert.equal(typeof log, "function");
    assert.deepEqual(values, {
      path: "/socket.io/",
      transports: ["polling", "websocket"],
      allowUpgrades: true,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      upgradeTimeout: 10_000,
      maxPayload: 1_000_000,
      origins: "same-origin",
      cors: {},
      sendQueueLimit: 1_048_576,
      maxPacketsPerPayload: 16_384,
      bodyTimeout: 30_000,
      allowRequestTimeout: 10_000,
    });
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["pingIntervall", 1000],
    ["__proto__x", 1],
    ["pingInterval", 0],
    ["pingTimeout", Number.NaN],
    ["maxPayload", Number.POSITIVE_INFINITY],
    ["sendQueueLimit", -1],
    ["maxPacketsPerPayload", 1.5],
    ["bodyTimeout", "5000"],
    ["transports", []],
    ["transports", ["polling", "carrier-pigeon"]],
    ["path", "socket.io"],
  ];
  for (const [name, value] of wrong) {
    it(`${name}: ${JSON.stringify(value)} is refused at start`, () => {
      // What configuration files hold is not what the type says; that is the point of the test.
      const given: Partial<ListenerOptions> = Object.fromEntries([[name, value]]);
      assert.throws(() => resolveListenerOptions(given), TypeError);
    });
  }

  it("an option that is undefined is one that was not given, and a path ends with a slash", () => {
    const given: Partial<ListenerOptions> = Object.fromEntries([["pingInterval", undefined]]);
    assert.equal(resolveListenerOptions(given).pingInterval, 25_000);
    assert.equal(resolveListenerOptions({ path: "/x" }).path, "/x/");
  });
});
