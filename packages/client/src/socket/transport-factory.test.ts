import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { presentEverwire } from "../session/everwire-loader.ts";
import type { ConnectorOptions, Dialer } from "../transport/connector.ts";
import type { EngineTransportHandler } from "../transport/engine-transport.ts";
import { TestPlatform, testEverwire } from "../transport/test-platform.test.ts";
import { type ClientOptions, resolveOptions } from "./client-options.ts";
import { transportFactory } from "./transport-factory.ts";

const handler: EngineTransportHandler = {
  open: () => undefined,
  packet: () => undefined,
  drain: () => undefined,
  ended: () => undefined,
  close: () => undefined,
};

/** Writes down what is dialled, and with which options. */
class DiallingPlatform extends TestPlatform {
  readonly made: ConnectorOptions[] = [];
  readonly dialled: URL[] = [];

  override connector(options?: ConnectorOptions) {
    if (options !== undefined) this.made.push(options);
    const dial: Dialer["dial"] = (url) => {
      this.dialled.push(new URL(url));
      return { bufferedAmount: 0, send: () => undefined, close: () => undefined };
    };
    return { ...super.connector(), dial };
  }
}

function open(options: ClientOptions, everwire = testEverwire) {
  const platform = new DiallingPlatform();
  const create = transportFactory("https://server.example", resolveOptions(options), platform, everwire);
  create("websocket", undefined, handler).open();
  const [url] = platform.dialled;
  assert.ok(url !== undefined);
  return { platform, url, create };
}

describe("the address of a WebSocket", () => {
  it("has the protocol's parameters, whatever the application calls its own", () => {
    const { url } = open({ query: { EIO: "3", transport: "x", room: "a b" } });
    assert.equal(`${url.origin}${url.pathname}`, "wss://server.example/socket.io/");
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      EIO: "4",
      transport: "websocket",
      room: "a b",
      everwire: "1",
    });
  });

  it("has the query of its transport, and a stamp where it is wanted", () => {
    const options = { query: { a: "1", b: "1" }, transportOptions: { websocket: { query: { b: "2" } } } };
    const { platform, url, create } = open({ ...options, timestampRequests: true, timestampParam: "stamp" });
    assert.deepEqual([url.searchParams.get("a"), url.searchParams.get("b")], ["1", "2"]);
    create("websocket", undefined, handler).open();
    const [first, second] = platform.dialled.map(({ searchParams }) => searchParams.get("stamp"));
    assert.match(first ?? "", /^\w+$/);
    assert.notEqual(first, second);
  });

  it("does not ask for an Everwire session when its code could not be fetched", () => {
    const { parts } = testEverwire;
    assert.ok(parts !== undefined);
    const { url } = open({}, { ...presentEverwire(parts), failed: true });
    assert.equal(url.searchParams.has("everwire"), false);
  });
});

describe("the options of a transport", () => {
  it("stand over those of the manager", () => {
    const websocket = { extraHeaders: { a: "2" }, protocols: ["p"] };
    const { platform } = open({ extraHeaders: { a: "1" }, transportOptions: { websocket } });
    const [shared, own] = platform.made;
    assert.deepEqual([shared?.extraHeaders, shared?.protocols], [{ a: "1" }, []]);
    assert.deepEqual([own?.extraHeaders, own?.protocols], [{ a: "2" }, ["p"]]);
  });
});
