import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { suite, test } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { until } from "../harness.test.ts";
import { isOver } from "../http/delivery.ts";
import { CLOSE, OutgoingPacket } from "../packet/outgoing-packet.ts";
import { type HttpVersion, serveCarriers } from "./carrier-fixture.test.ts";
import { PollCarrier } from "./poll-carrier.ts";

for (const version of ["HTTP/1.1", "HTTP/2"] satisfies HttpVersion[]) {
  suite(version, () => {
    test("a poll is answered once, and says when the answer has left", async (context) => {
      const fixture = await serveCarriers(context, version, (response) => new PollCarrier(response, {}));
      const asked = fixture.get();
      const attached = await fixture.attached.take("the carrier");
      assert.equal(attached.carrier.writable, true);
      attached.carrier.send([OutgoingPacket.message("a"), OutgoingPacket.message("b")]);
      assert.equal(attached.carrier.writable, false);
      attached.carrier.send([OutgoingPacket.message("c")]);
      const answer = await asked;
      await answer.ended;
      assert.equal(answer.text(), "4a\x1e4b");
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["complete"]);
    });

    test("row 117: an answer that nobody reads is cut off some time after its session has moved on", async (context) => {
      let now = 0;
      const wheel = new DeadlineWheel(() => now);
      const make = (response: ServerResponse): PollCarrier => new PollCarrier(response, {}, undefined, wheel);
      const fixture = await serveCarriers(context, version, make);
      const asked = fixture.get();
      const attached = await fixture.attached.take("the carrier");
      attached.carrier.send([OutgoingPacket.message("x".repeat(20_000_000))]);
      const answer = await asked;
      answer.stop();
      attached.carrier.end([CLOSE]);
      now = 4000;
      wheel.advance();
      assert.equal(isOver(attached.response), false);
      now = 6000;
      wheel.advance();
      await until(() => isOver(attached.response), "the end of the response");
      answer.go();
      await answer.ended;
      assert.ok(answer.text().length < 20_000_000);
      assert.deepEqual(attached.calls, []);
      assert.equal(wheel.size, 0);
    });
  });
}
