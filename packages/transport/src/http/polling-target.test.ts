import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { polledSession } from "./polling-target.ts";
import { parseQuery } from "./query.ts";

const ID = "abcdefghijklmnop_-90";
const PARAMETERS = [`sid=${ID}`, "EIO=4", "transport=polling", "t=pw4x1q2z", "token=x", "EIO=3", "transport=websocket"];
const ODD = [
  "j=0",
  "everwire=1",
  "ack=0",
  "turn=1",
  "sid=",
  "sid",
  "",
  "=",
  "EIO",
  "t=%41",
  "a+b=c",
  "EIO=44",
  "b64=1",
];

/** All lists of at most `length` of the parts. */
function lists(parts: readonly string[], length: number): string[][] {
  if (length === 0) return [[]];
  const shorter = lists(parts, length - 1);
  return [
    ...shorter,
    ...shorter.filter((list) => list.length === length - 1).flatMap((list) => parts.map((part) => [...list, part])),
  ];
}

/** What the parser says about a target that the short way took. */
function parsed(target: string): readonly unknown[] {
  const query = parseQuery(target);
  assert.ok("parameters" in query, target);
  const { parameters, repeated } = query;
  const unknown = ["j", "everwire", "ack", "turn"].some((name) => parameters.has(name));
  const doubled = ["EIO", "transport", "sid"].some((name) => repeated.has(name));
  return [parameters.get("EIO"), parameters.get("transport"), parameters.get("sid"), unknown, doubled];
}

describe("the target of a poll", () => {
  it("names its session, in whatever order and with whatever else a client says", () => {
    for (const query of [
      `EIO=4&transport=polling&sid=${ID}`,
      `EIO=4&transport=polling&t=pw4x1q2z&sid=${ID}`,
      `token=x&room=a=b&EIO=4&transport=polling&t=Oq.-_1&sid=${ID}`,
      `sid=${ID}&transport=polling&EIO=4&sidney=1&EIOU=2&transports=3`,
    ]) {
      assert.equal(polledSession(`/socket.io/?${query}`), ID, query);
    }
  });

  it("is left to the parser when it is anything else", () => {
    const whole = `EIO=4&transport=polling&sid=${ID}`;
    for (const query of [
      "",
      "EIO=4&transport=polling",
      `transport=polling&sid=${ID}`,
      `EIO=4&sid=${ID}`,
      `EIO=3&transport=polling&sid=${ID}`,
      `EIO=4&transport=websocket&sid=${ID}`,
      `EIO=4&transport=pollin&sid=${ID}`,
      `${whole}&sid=${ID}`,
      `${whole}&EIO=4`,
      `${whole}&transport=polling`,
      ...ODD.filter((part) => !["=", "EIO=44", "b64=1"].includes(part)).map((part) => `${part}&${whole}`),
      `${whole}&t=${"x".repeat(3000)}`,
    ]) {
      assert.equal(polledSession(`/socket.io/?${query}`), undefined, query);
    }
    assert.equal(polledSession(`/socket.io/${whole}`), undefined);
  });

  it("is never taken for something that the parser reads otherwise", () => {
    let taken = 0;
    for (const parts of lists([...PARAMETERS, ...ODD], 4)) {
      const target = `/socket.io/?${parts.join("&")}`;
      const id = polledSession(target);
      if (id === undefined) continue;
      taken += 1;
      assert.deepEqual(parsed(target), ["4", "polling", id, false, false], target);
    }
    assert.ok(taken > 6, `${taken}`);
  });
});
