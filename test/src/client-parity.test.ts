/** The names of `socket.io-client` 4.8 are those of our client: read from the very objects. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as ours from "@everwire/client";
import * as theirs from "socket.io-client";

const options = { autoConnect: false };
const theirSocket = theirs.io("http://localhost:1", options);
const ourSocket = ours.io("http://localhost:1", options);

/** Not for applications: without a type in socket.io-client's declarations, or private there. */
const INTERNAL = new Set(
  `receiveBuffer sendBuffer ids acks flags subEvents onopen onerror onclose onpacket onevent emitEvent ack onack onconnect
  emitBuffered ondisconnect destroy notifyOutgoingListeners emitReserved nsps subs setTimeoutFn clearTimeoutFn backoff uri
  encoder decoder maybeReconnectOnOpen onping ondata ondecoded cleanup reconnect onreconnect`.split(/\s+/),
);
/** Documented in docs/coming-from-socket-io.md: transports are named, and a Manager's events are its own. */
const MISSING = new Set(["Fetch", "NodeWebSocket", "NodeXHR", "WebSocket", "WebTransport", "XHR", "manager.emit"]);

function namesOf(object: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  // What every function has.
  for (const name of ["prototype", "arguments", "caller", "length", "name"]) names.delete(name);
  return [...names].filter((name) => !name.startsWith("_") && !INTERNAL.has(name));
}

describe("every name of socket.io-client is there", () => {
  for (const [what, their, our] of [
    ["socket", theirSocket, ourSocket],
    ["manager", theirSocket.io, ourSocket.io],
    ["io", theirs.io, ours.io],
    ["module", theirs, ours],
  ] as const) {
    for (const name of what === "module" ? Object.keys(their) : namesOf(their)) {
      if (MISSING.has(name) || MISSING.has(`${what}.${name}`)) continue;
      it(`${what}.${name}`, () => {
        assert.ok(name in our);
        assert.equal(typeof Reflect.get(our, name), typeof Reflect.get(their, name));
      });
    }
  }
});

describe("a manager's settings", () => {
  it("are told, and changed", () => {
    for (const manager of [theirs.io("http://localhost:2", options).io, ours.io("http://localhost:2", options).io]) {
      assert.equal(manager.reconnection(), true);
      assert.equal(manager.reconnectionDelay(), 1_000);
      assert.equal(manager.reconnectionDelayMax(), 5_000);
      assert.equal(manager.reconnectionAttempts(), Number.POSITIVE_INFINITY);
      assert.equal(manager.timeout(), 20_000);
      assert.equal(manager.reconnection(false).reconnectionDelay(7).reconnectionDelayMax(8).timeout(9), manager);
      assert.deepEqual(
        [manager.reconnection(), manager.reconnectionDelay(), manager.reconnectionDelayMax(), manager.timeout()],
        [false, 7, 8, 9],
      );
      assert.equal(manager.randomizationFactor(0.1).randomizationFactor(), 0.1);
      assert.equal(manager.opts.autoConnect, false);
    }
  });
});

describe("catch-all listeners", () => {
  it("are listed in their order, and removed", () => {
    for (const socket of [theirSocket, ourSocket]) {
      const [a, b, c] = [() => undefined, () => undefined, () => undefined];
      socket.onAny(a).onAny(b).prependAny(c);
      assert.deepEqual(socket.listenersAny(), [c, a, b]);
      assert.deepEqual(socket.offAny(a).listenersAny(), [c, b]);
      assert.deepEqual(socket.offAny().listenersAny(), []);
      socket.onAnyOutgoing(a).prependAnyOutgoing(b);
      assert.deepEqual(socket.listenersAnyOutgoing(), [b, a]);
      assert.deepEqual(socket.offAnyOutgoing().listenersAnyOutgoing(), []);
    }
  });
});
