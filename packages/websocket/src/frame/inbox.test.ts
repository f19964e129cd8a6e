import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveConnectionOptions } from "../connection/connection-options.ts";
import { Protocol } from "../connection/protocol.ts";
import { rawFrame, seeded } from "../raw-peer.test.ts";
import { Inbox } from "./inbox.ts";

const options = resolveConnectionOptions({});

describe("inbox", () => {
  it("is borrowed by connections in turn, and what one has half received stays its own", () => {
    const random = seeded(11);
    const peers = Array.from({ length: 5 }, (_, number) => {
      const expected = Array.from({ length: 40 }, (_, at) => `${number}:${at}:${"é".repeat((at * 37) % 200)}`);
      const frames = expected.flatMap((text) => {
        const bytes = Buffer.from(text);
        const cut = Math.floor(bytes.length / 2);
        return [
          rawFrame({ opcode: 1, fin: false, payload: bytes.subarray(0, cut) }),
          rawFrame({ opcode: 9, payload: `${number}` }),
          rawFrame({ opcode: 0, payload: bytes.subarray(cut) }),
        ];
      });
      const heard: unknown[] = [];
      const handler = { message: (data: unknown) => heard.push(data), close: () => {}, ping: checkPing(number) };
      return {
        machine: new Protocol("server", options),
        bytes: Buffer.concat(frames),
        at: 0,
        heard,
        handler,
        expected,
      };
    });
    while (peers.some(({ at, bytes }) => at < bytes.length)) {
      for (const peer of peers) {
        const end = peer.at + Math.floor(random() ** 3 * 300);
        peer.machine.receive(Buffer.from(peer.bytes.subarray(peer.at, end)), peer.handler, 0);
        peer.at = Math.min(end, peer.bytes.length);
      }
    }
    for (const { heard, expected } of peers) assert.deepEqual(heard, expected);
  });

  it("is not given back after a failure", () => {
    const machine = new Protocol("server", options);
    const handler = { message: () => {}, close: () => {} };
    machine.receive(rawFrame({ opcode: 3 }), handler, 0);
    assert.equal(machine.state, "done");
    const inbox = Inbox.borrow("server", options);
    assert.ok(inbox.idle);
  });

  it("gives text as UTF-8 to a handler that wants it so, whole, in parts, and only if it is valid", () => {
    const heard: Buffer[] = [];
    const handler = { message: () => assert.fail(), utf8: (data: Buffer) => heard.push(data), close: () => {} };
    const machine = new Protocol("server", options);
    const texts = ["", "plain", "né€🂡", "x".repeat(2000), "é".repeat(2000)];
    for (const text of texts) {
      const bytes = Buffer.from(text);
      machine.receive(rawFrame({ opcode: 1, payload: text }), handler, 0);
      machine.receive(rawFrame({ opcode: 1, payload: bytes.subarray(0, 2), fin: false }), handler, 0);
      machine.receive(rawFrame({ opcode: 0, payload: bytes.subarray(2) }), handler, 0);
    }
    assert.deepEqual(
      heard.map(String),
      texts.flatMap((text) => [text, text]),
    );
    machine.receive(rawFrame({ opcode: 1, payload: Buffer.from([0xc3, 0x28]) }), handler, 0);
    assert.equal(machine.closeReason, "invalid_utf8");
  });
});

function checkPing(number: number): (payload: Buffer) => void {
  return (payload) => assert.equal(payload.toString(), String(number));
}
