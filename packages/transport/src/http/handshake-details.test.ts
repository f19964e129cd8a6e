import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { type HandshakeDetails, handshakeDetails } from "./handshake-details.ts";

function opened(headers: Record<string, string>, url = "/socket.io/?EIO=4&a=1"): HandshakeDetails {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  request.headers = headers;
  return handshakeDetails(request, "192.0.2.1");
}

describe("what a session keeps of its first request", () => {
  it("are the headers, without a prototype that a name could reach", () => {
    const named = JSON.parse('{"host":"a","origin":"http://a","__proto__":"evil"}');
    const details = opened(named);
    assert.equal(Object.getPrototypeOf(details.headers), null);
    assert.equal(details.headers.constructor, undefined);
    assert.deepEqual(Object.entries(details.headers), Object.entries(named));
    assert.equal(details.origin, "http://a");
  });

  it("is a copy", () => {
    const headers = { host: "a" };
    const details = opened(headers);
    headers.host = "b";
    assert.equal(details.headers.host, "a");
  });

  it("has the query, also of a target that could not be read", () => {
    assert.deepEqual(
      [...opened({}).query],
      [
        ["EIO", "4"],
        ["a", "1"],
      ],
    );
    assert.deepEqual([...opened({}, "/?a=%").query], []);
  });

  it("is small: headers are no hash table, which would be four times as large", () => {
    v8.setFlagsFromString("--allow-natives-syntax");
    const isSmall: unknown = vm.runInThisContext("(headers) => %HasFastProperties(headers)");
    assert.ok(typeof isSmall === "function");
    const { headers } = opened({ host: "a", upgrade: "websocket", connection: "Upgrade" });
    assert.equal(isSmall(headers), true);
    assert.equal(isSmall(Object.assign(Object.create(null), headers)), false);
    v8.setFlagsFromString("--no-allow-natives-syntax");
  });
});
