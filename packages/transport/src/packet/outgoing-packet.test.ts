import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLOSE, NOOP, OutgoingPacket, PING, PROBE_ANSWER } from "./outgoing-packet.ts";

describe("an outgoing packet", () => {
  it("is encoded once per wire form, however many sessions send it", () => {
    const packet = OutgoingPacket.message('2["x"]');
    assert.equal(packet.payload, '42["x"]');
    assert.equal(packet.messages, packet.messages);
    assert.equal(packet.messages[0]?.byteLength, 7);
  });

  it("keeps a text and its attachments together", () => {
    const packet = OutgoingPacket.message("51-[]", [Uint8Array.of(1, 2, 3, 4), new Uint8Array(0)]);
    assert.equal(packet.payload, "451-[]\x1ebAQIDBA==\x1eb");
    assert.deepEqual(
      packet.messages.map((message) => message.byteLength),
      [6, 4, 0],
    );
  });

  it("may be bytes alone, which are messages like any other", () => {
    const packet = OutgoingPacket.bytes([Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5)]);
    assert.equal(packet.payload, "bAQIDBA==\x1ebBQ==");
    assert.deepEqual(
      packet.messages.map((message) => message.byteLength),
      [4, 1],
    );
    assert.equal(packet.messageCount, 2);
    assert.equal(packet.after(1).payload, "bBQ==");
    assert.deepEqual(
      packet.revision3Messages(false).map(({ byteLength }) => byteLength),
      [5, 2],
    );
  });

  it("shares what revision 3 writes in the same way, and has the rest once more", () => {
    const text = OutgoingPacket.message("a");
    assert.equal(text.revision3Messages(false), text.messages);
    assert.equal(text.revision3Messages(true), text.messages);
    const packet = OutgoingPacket.message("51-[]", [Uint8Array.of(1, 2, 3, 4)]);
    const sizes = (textOnly: boolean): number[] =>
      packet.revision3Messages(textOnly).map(({ byteLength }) => byteLength);
    assert.deepEqual(
      [sizes(false), sizes(true)],
      [
        [6, 5],
        [6, 10],
      ],
    );
    assert.equal(packet.revision3Messages(false), packet.revision3Messages(false));
    assert.equal(packet.revision3.text, "6:451-[]10:b4AQIDBA==");
    assert.equal(packet.revision3.binary, packet.revision3.binary);
    assert.deepEqual([text.revision3.needsBinary, packet.revision3.needsBinary], [false, true]);
    assert.equal(OutgoingPacket.message("é").revision3.needsBinary, true);
  });

  it("may be a packet of the engine itself", () => {
    assert.deepEqual([PING.payload, NOOP.payload, CLOSE.payload, PROBE_ANSWER.payload], ["2", "6", "1", "3probe"]);
  });
});
