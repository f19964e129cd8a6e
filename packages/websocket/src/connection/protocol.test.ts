import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FRAME_FAILURES } from "../failures.ts";
import { ByteBudget } from "../frame/byte-budget.ts";
import { rawFrame, seeded } from "../raw-peer.test.ts";
import type { ConnectionHandler } from "./connection-handler.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "./connection-options.ts";
import { Protocol } from "./protocol.ts";

class Heard implements ConnectionHandler {
  readonly messages: (string | Buffer)[] = [];
  readonly pongs: string[] = [];
  message(data: string | Buffer): void {
    this.messages.push(data);
  }
  pong(data: Buffer): void {
    this.pongs.push(data.toString());
  }
  close(): void {
    assert.fail("the machine has no socket to report on");
  }
}

function machine(role: "server" | "client", options: ConnectionOptions = {}): Protocol {
  return new Protocol(role, resolveConnectionOptions(options));
}

/** Carries the output of each machine to the other until both are silent. */
function exchange(left: Protocol, right: Protocol, heardLeft: Heard, heardRight: Heard): void {
  for (;;) {
    for (const one of [left, right]) one.outbox.releasePong();
    const toRight = Buffer.concat(left.outbox.take());
    const toLeft = Buffer.concat(right.outbox.take());
    if (toRight.length + toLeft.length === 0) return;
    right.receive(toRight, heardRight, 0);
    left.receive(toLeft, heardLeft, 0);
  }
}

describe("protocol", () => {
  it("carries messages both ways between the two roles", () => {
    const [client, server] = [machine("client"), machine("server")];
    const [toClient, toServer] = [new Heard(), new Heard()];
    const messages = ["", "ascii", "déjà vu", "x".repeat(70_000), Buffer.alloc(0), Buffer.alloc(70_000, 3)];
    for (const message of messages) {
      for (const one of [client, server]) typeof message === "string" ? one.text(message) : one.binary(message);
    }
    client.ping(Buffer.from("there?"));
    exchange(client, server, toClient, toServer);
    assert.deepEqual(toServer.messages, messages);
    assert.deepEqual(toClient.messages, messages);
    assert.deepEqual(toClient.pongs, ["there?"]);
  });

  it("closes both sides with the code and reason of the one who began", () => {
    const [client, server] = [machine("client"), machine("server")];
    server.close(4321, "enough");
    assert.equal(server.state, "closing");
    exchange(client, server, new Heard(), new Heard());
    for (const one of [client, server]) assert.equal(one.state, "done");
    assert.deepEqual([client.closeCode, client.closeReason], [4321, "enough"]);
    assert.equal(server.closeCode, 4321);
  });

  it("ends on both sides with the other's code when both close at once, each with one close frame", () => {
    const [client, server] = [machine("client"), machine("server")];
    client.close(4001, "client");
    server.close(4002, "server");
    const [toServer, toClient] = [client, server].map((one) => Buffer.concat(one.outbox.take()));
    assert.ok(toServer !== undefined && toClient !== undefined);
    server.receive(toServer, new Heard(), 0);
    client.receive(toClient, new Heard(), 0);
    for (const one of [client, server]) assert.deepEqual([one.state, one.failed, one.outbox.bytes], ["done", false, 0]);
    assert.deepEqual([server.closeCode, server.closeReason], [4001, "client"]);
    assert.deepEqual([client.closeCode, client.closeReason], [4002, "server"]);
  });

  it("reports 1005 for a close frame without a code, and answers with none", () => {
    const server = machine("server");
    server.receive(rawFrame({ opcode: 8 }), new Heard(), 0);
    assert.equal(server.closeCode, 1005);
    assert.deepEqual(Buffer.concat(server.outbox.take()), Buffer.from([0x88, 0]));
  });

  it("reports 1006 when it is aborted", () => {
    const server = machine("server");
    server.text("never sent");
    server.abort();
    assert.deepEqual([server.state, server.closeCode, server.closeReason], ["done", 1006, ""]);
    assert.equal(server.outbox.bytes, 0);
  });

  it("delivers nothing and sends nothing once its close frame is queued", () => {
    const server = machine("server");
    const heard = new Heard();
    server.close(1000, "");
    const queued = server.outbox.bytes;
    server.text("late");
    server.receive(rawFrame({ opcode: 1, payload: "late" }), heard, 0);
    server.receive(rawFrame({ opcode: 9, payload: "late" }), heard, 0);
    server.outbox.releasePong();
    assert.equal(server.outbox.bytes, queued);
    assert.deepEqual(heard.messages, []);
  });

  it("stops in the middle of a chunk when the handler aborts it", () => {
    const server = machine("server");
    const heard = new Heard();
    const message = (data: string | Buffer): void => {
      heard.messages.push(data);
      server.abort();
    };
    const frame = rawFrame({ opcode: 1, payload: "x" });
    server.receive(Buffer.concat([frame, frame]), { message, close: () => {} }, 0);
    assert.deepEqual(heard.messages, ["x"]);
  });

  it("refuses to send what a peer would have to refuse", () => {
    const server = machine("server");
    for (const code of [0, 999, 1005, 1006, 1015, 5000, 1000.5, Number.NaN]) {
      assert.throws(() => server.close(code, ""), RangeError);
    }
    assert.throws(() => server.close(1000, "é".repeat(62)), RangeError);
    assert.throws(() => server.close(undefined, "why"), RangeError);
    assert.throws(() => server.ping(Buffer.alloc(126)), RangeError);
    assert.equal(server.state, "open");
  });

  it("refuses incomplete messages beyond the shared budget with 1013, and gives everything back", () => {
    const incompleteBudget = new ByteBudget(10_000);
    const [first, second] = [machine("server", { incompleteBudget }), machine("server", { incompleteBudget })];
    const half = rawFrame({ opcode: 2, payload: Buffer.alloc(8_000) }).subarray(0, 4_000);
    first.receive(Buffer.from(half), new Heard(), 0);
    second.receive(Buffer.from(half), new Heard(), 0);
    assert.deepEqual([first.state, second.state, second.closeCode], ["open", "done", 1013]);
    first.abort();
    assert.equal(incompleteBudget.reserved, 0);
  });

  it("reserves at most sixteen times the bytes of a message that is incomplete", () => {
    const incompleteBudget = new ByteBudget(1 << 24);
    const server = machine("server", { incompleteBudget });
    const frame = rawFrame({ opcode: 2, payload: Buffer.alloc(900_000) });
    for (let at = 0; at < frame.length; at += 1000) {
      server.receive(Buffer.from(frame.subarray(at, at + 1000)), new Heard(), 0);
      assert.ok(incompleteBudget.reserved <= 16 * (at + 1000));
    }
    assert.equal(incompleteBudget.reserved, 0);
  });

  it("hands out binary messages that later chunks do not change", () => {
    const server = machine("server");
    const heard = new Heard();
    const chunk = Buffer.alloc(65_536);
    const frame = rawFrame({ opcode: 2, payload: "keep me" });
    frame.copy(chunk);
    server.receive(chunk.subarray(0, frame.length), heard, 0);
    chunk.fill(0);
    assert.equal(heard.messages[0]?.toString(), "keep me");
  });

  it("survives any bytes: it fails with a row of the table or waits for more, and holds nothing afterwards", () => {
    const random = seeded(2026);
    const codes = new Set([...FRAME_FAILURES.values()].map(({ closeCode }) => closeCode));
    for (let run = 0; run < 5000; run++) {
      const incompleteBudget = new ByteBudget(1 << 20);
      const server = machine("server", { incompleteBudget, maxPayload: 4096 });
      const bytes = Buffer.concat(Array.from({ length: 8 }, () => fuzzFrame(random)));
      for (let at = 0; at < bytes.length && server.state !== "done"; ) {
        const end = at + 1 + Math.floor(random() * 200);
        server.receive(Buffer.from(bytes.subarray(at, end)), new Heard(), run);
        at = end;
      }
      if (server.failed) assert.ok(codes.has(server.closeCode));
      server.abort();
      assert.equal(incompleteBudget.reserved, 0);
    }
  });

  it("gives the same messages and the same end however the bytes are cut", () => {
    const random = seeded(7);
    for (let run = 0; run < 1000; run++) {
      const bytes = Buffer.concat(Array.from({ length: 12 }, () => fuzzFrame(random, 0.02)));
      const outcome = (size: () => number): unknown => {
        const server = machine("server", { maxPayload: 4096 });
        const heard = new Heard();
        for (let at = 0; at < bytes.length; ) {
          const end = at + size();
          server.receive(Buffer.from(bytes.subarray(at, end)), heard, 0);
          at = end;
        }
        server.abort();
        return [heard.messages, server.closeCode, server.closeReason];
      };
      const whole = outcome(() => bytes.length);
      assert.deepEqual(
        outcome(() => 1),
        whole,
      );
      assert.deepEqual(
        outcome(() => 1 + Math.floor(random() * 50)),
        whole,
      );
    }
  });
});

/** A frame that is mostly right, so that a fuzzer gets past the first header. */
function fuzzFrame(random: () => number, wrong = 0.1): Buffer {
  const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const opcode = random() < wrong ? Math.floor(random() * 16) : pick([0, 0, 1, 1, 2, 9, 10]);
  const fin = opcode > 7 || random() < 0.5;
  const length = Math.floor(random() ** 3 * (opcode > 7 ? 126 : 600));
  const payload = Buffer.from(Array.from({ length }, () => (random() < wrong / 10 ? 0xff : 0x20 + random() * 90)));
  const frame = rawFrame({ opcode, fin, payload });
  if (random() < wrong) frame[Math.floor(random() * Math.min(14, frame.length))] = Math.floor(random() * 256);
  return frame;
}
