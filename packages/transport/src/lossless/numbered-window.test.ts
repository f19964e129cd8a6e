import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { NumberedWindow } from "./numbered-window.ts";

/** Everything from the cursor on, as it would stand in a payload. */
function readAll(window: NumberedWindow): string[] {
  const read: string[] = [];
  for (let packet = window.take(); packet !== undefined; packet = window.take()) {
    read.push(...packet.payload.split("\x1e"));
  }
  return read;
}

function filled(): NumberedWindow {
  const window = new NumberedWindow();
  window.push(OutgoingPacket.message("a"));
  window.push(OutgoingPacket.message("b", [Uint8Array.of(1), Uint8Array.of(2)]));
  window.push(OutgoingPacket.message("c"));
  return window;
}

const MESSAGES = ["4a", "4b", "bAQ==", "bAg==", "4c"];

describe("a window of numbered messages", () => {
  it("numbers a packet's text and each attachment", () => {
    const window = filled();
    assert.equal(window.cursor, 1);
    assert.deepEqual(readAll(window), MESSAGES);
    assert.equal(window.cursor, 6);
    assert.equal(window.unreadBytes, 0);
  });

  for (let arrived = 0; arrived <= MESSAGES.length; arrived++) {
    it(`goes on after message ${arrived}, wherever that is in a packet`, () => {
      const window = filled();
      readAll(window);
      assert.ok(window.acknowledge(arrived));
      window.rewind();
      assert.equal(window.cursor, arrived + 1);
      assert.deepEqual(readAll(window), MESSAGES.slice(arrived));
      window.rewind();
      assert.deepEqual(readAll(window), MESSAGES.slice(arrived));
    });

    it(`sends nothing up to ${arrived} again when that is acknowledged after the rewind`, () => {
      const window = filled();
      readAll(window);
      window.rewind();
      assert.ok(window.acknowledge(arrived));
      assert.deepEqual(readAll(window), MESSAGES.slice(arrived));
      assert.ok(window.acknowledge(MESSAGES.length));
      assert.equal(window.bytes, 0);
      assert.equal(window.unreadBytes, 0);
      window.push(OutgoingPacket.message("d"));
      assert.deepEqual(readAll(window), ["4d"]);
    });
  }

  it("refuses what was never sent, and an overtaken acknowledgement says nothing new", () => {
    const window = filled();
    assert.equal(window.acknowledge(1), false);
    window.take();
    assert.equal(window.acknowledge(1), true);
    assert.equal(window.acknowledge(2), false);
    assert.equal(window.acknowledge(0), true);
    assert.equal(window.acknowledged, 1);
  });

  it("remembers what was sent on a carrier that is gone", () => {
    const window = filled();
    readAll(window);
    window.rewind();
    assert.equal(window.acknowledge(5), true);
  });

  it("is full from its limit on, and free again when that is acknowledged", () => {
    const window = new NumberedWindow(100);
    window.push(OutgoingPacket.message("x".repeat(200)));
    assert.ok(window.full);
    readAll(window);
    window.acknowledge(1);
    assert.ok(!window.full);
  });

  it("keeps no more than it must over many messages", () => {
    const window = new NumberedWindow();
    for (let number = 1; number <= 5000; number++) {
      window.push(OutgoingPacket.message(String(number)));
      assert.deepEqual(readAll(window), [`4${number}`]);
      if (number % 7 === 0) window.acknowledge(number - 3);
    }
    window.acknowledge(4999);
    window.rewind();
    assert.deepEqual(readAll(window), ["45000"]);
  });

  it("counts what it holds together with others, until it is acknowledged or released", () => {
    const tally = { bytes: 1000 };
    const window = new NumberedWindow(10_000, tally);
    for (const text of ["one", "two", "three"]) window.push(OutgoingPacket.message(text));
    assert.equal(tally.bytes, 1000 + window.bytes);
    window.take();
    assert.ok(window.acknowledge(1));
    assert.equal(tally.bytes, 1000 + window.bytes);
    window.release();
    assert.deepEqual([tally.bytes, window.bytes, window.unreadBytes], [1000, 0, 0]);
    assert.ok(window.acknowledge(1));
    assert.equal(tally.bytes, 1000);
  });
});
