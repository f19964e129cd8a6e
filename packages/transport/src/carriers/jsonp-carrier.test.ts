import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { until } from "../harness.test.ts";
import { isOver } from "../http/delivery.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { type HttpVersion, serveCarriers } from "./carrier-fixture.test.ts";
import { JsonpCarrier } from "./jsonp-carrier.ts";

const hello = OutgoingPacket.message("hello");

for (const version of ["HTTP/1.1", "HTTP/2"] satisfies HttpVersion[]) {
  suite(version, () => {
    test("row 174: one batch, as a script that no browser takes for anything else", async (context) => {
      const fixture = await serveCarriers(context, version, (response) => {
        const carrier = new JsonpCarrier(response, { vary: "Origin" }, "5");
        process.nextTick(() => {
          assert.ok(carrier.writable);
          carrier.send([OutgoingPacket.raw("81"), hello]);
          assert.ok(!carrier.writable);
        });
        return carrier;
      });
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      assert.equal(await answer.ended, true);
      assert.equal(answer.status, 200);
      assert.equal(answer.text(), '/**/___eio[5]("81\\u001e4hello");');
      assert.equal(answer.headers["content-type"], "text/javascript; charset=UTF-8");
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.equal(answer.headers.vary, "Origin");
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["complete"]);
      assert.equal(attached.carrier.bufferedBytes, 0);
    });

    test("its end answers a waiting poll, and is not reported", async (context) => {
      const fixture = await serveCarriers(context, version, (response) => {
        const carrier = new JsonpCarrier(response, {}, "5");
        process.nextTick(() => carrier.end([]));
        return carrier;
      });
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      assert.equal(await answer.ended, true);
      assert.equal(answer.text(), '/**/___eio[5]("6");');
      await until(() => isOver(attached.response), "the end");
      assert.deepEqual(attached.calls, []);
    });

    test("a client that leaves before the answer has left breaks it", async (context) => {
      const fixture = await serveCarriers(context, version, (response) => {
        const carrier = new JsonpCarrier(response, {}, "5");
        process.nextTick(() => carrier.send([OutgoingPacket.message("x".repeat(32 * 1024 * 1024))]));
        return carrier;
      });
      const answer = await fixture.get();
      answer.stop();
      const attached = await fixture.attached.take("the carrier");
      assert.ok(attached.carrier.bufferedBytes > 0);
      answer.leave();
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["broken"]);
    });
  });
}
