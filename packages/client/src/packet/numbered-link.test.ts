import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NumberedLink } from "./numbered-link.ts";

function message(data: string) {
  return { type: "message", data } as const;
}

describe("what is sent", () => {
  it("is numbered from 1 and kept until it is acknowledged", () => {
    const link = new NumberedLink();
    assert.deepEqual([link.first, link.last], [1, 0]);
    for (const text of ["a", "b", "c"]) link.keep(message(text));
    assert.deepEqual([link.first, link.last], [1, 3]);
    assert.ok(link.acknowledge(2));
    assert.deepEqual([link.first, link.last], [3, 3]);
    assert.deepEqual(link.from(3), [message("c")]);
    assert.deepEqual(link.from(4), []);
  });

  it("stays when an old acknowledgement comes late, and an impossible one is refused", () => {
    const link = new NumberedLink();
    for (const text of ["a", "b"]) link.keep(message(text));
    assert.ok(link.acknowledge(1));
    assert.ok(link.acknowledge(0));
    assert.equal(link.first, 2);
    assert.equal(link.acknowledge(3), false);
    assert.equal(link.first, 2);
  });

  it("fills a window of 256 KiB, which a message of any size may overstep once", () => {
    const link = new NumberedLink();
    link.keep(message("x".repeat(256 * 1024 - 1)));
    assert.ok(link.room);
    link.keep(message("y".repeat(1_000_000)));
    assert.equal(link.room, false);
    link.acknowledge(1);
    assert.equal(link.room, false);
    link.acknowledge(2);
    assert.ok(link.room);
  });

  it("keeps bytes as they were, for the application may use them for something else before they are sent again", () => {
    const link = new NumberedLink();
    for (const data of [Uint8Array.of(1, 2), Buffer.from([1, 2]).subarray(0, 2)]) {
      link.keep({ type: "message", data });
      data.fill(9);
    }
    assert.deepEqual(
      link.from(1).map(({ data }) => [...data]),
      [
        [1, 2],
        [1, 2],
      ],
    );
  });
});

describe("what arrives", () => {
  it("is new once and in order", () => {
    const link = new NumberedLink();
    assert.equal(link.take(1, 1), "new");
    assert.equal(link.take(1, 1), "known");
    assert.equal(link.take(3, 1), "gap");
    assert.equal(link.take(2, 1), "new");
    assert.equal(link.received, 2);
  });

  it("is to be acknowledged after 32 messages or 32 KiB", () => {
    const link = new NumberedLink();
    assert.equal(link.ackWanted, false);
    for (let n = 1; n <= 31; n++) link.take(n, 1);
    assert.deepEqual([link.ackWanted, link.ackDue], [true, false]);
    link.take(32, 1);
    assert.ok(link.ackDue);
    assert.equal(link.takeAck(), 32);
    assert.deepEqual([link.ackWanted, link.ackDue], [false, false]);
    link.take(33, 32 * 1024);
    assert.ok(link.ackDue);
  });

  it("is acknowledged again when the acknowledgement may be lost", () => {
    const link = new NumberedLink();
    link.take(1, 1);
    link.takeAck();
    link.ackFailed();
    assert.ok(link.ackWanted);
    assert.equal(link.takeAck(), 1);
  });
});
