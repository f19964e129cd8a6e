import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgoingPacket } from "@everwire/transport";
import { Subscription } from "./subscription.ts";

function subscription(): { subject: Subscription; delivered: () => number[]; record: (offset: number) => void } {
  const packets = new Map<OutgoingPacket, number>();
  const offsets: number[] = [];
  const deliver = (packet: OutgoingPacket): unknown => offsets.push(packets.get(packet) ?? -1);
  const subject = new Subscription({ id: "s", deliver });
  const record = (offset: number): void => {
    const packet = OutgoingPacket.message(String(offset));
    packets.set(packet, offset);
    subject.record(offset, packet);
  };
  return { subject, record, delivered: () => offsets };
}

test("records are held until the page is out, and those of the page are not sent again", () => {
  const { subject, record, delivered } = subscription();
  for (const offset of [3, 4, 5, 6]) record(offset);
  assert.deepEqual(delivered(), []);
  subject.release(4);
  record(7);
  record(7);
  record(6);
  assert.deepEqual(delivered(), [5, 6, 7]);
});

test("presence is dropped while the page is read", () => {
  const { subject, delivered } = subscription();
  const notice = OutgoingPacket.message("notice");
  subject.notice(notice, false);
  subject.release(0);
  subject.notice(notice, false);
  assert.deepEqual(delivered(), [-1]);
});

test("holding is bounded: beyond it the subscription overflows", () => {
  const { subject, record } = subscription();
  for (let offset = 1; offset <= 1000; offset++) record(offset);
  assert.equal(subject.state, "holding");
  record(1001);
  assert.equal(subject.state, "overflowed");
});

test("nothing is delivered after the end", () => {
  const { subject, record, delivered } = subscription();
  subject.release(0);
  record(1);
  subject.end();
  record(2);
  assert.deepEqual(delivered(), [1]);
});
