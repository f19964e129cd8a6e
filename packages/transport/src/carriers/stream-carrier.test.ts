import assert from "node:assert/strict";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { Inbox, until, within } from "../harness.test.ts";
import { isOver } from "../http/delivery.ts";
import { CLOSE, OutgoingPacket } from "../packet/outgoing-packet.ts";
import { fill, type HttpVersion, received, serveCarriers } from "./carrier-fixture.test.ts";
import { SSE_FORM } from "./sse-form.ts";
import { StreamCarrier } from "./stream-carrier.ts";
import { PADDING_BYTES, type StreamForm } from "./stream-form.ts";
import { STREAMING_FORM } from "./streaming-form.ts";

const MIB = 1024 * 1024;
const wheel = new DeadlineWheel();
const hello = OutgoingPacket.message("hello");
const PADDING = "6\x1e".repeat(PADDING_BYTES / 2);

function streaming(streamRecycleBytes = MIB * 1024, form: StreamForm = STREAMING_FORM, own = wheel) {
  return (response: http.ServerResponse) => new StreamCarrier(form, response, {}, { streamRecycleBytes }, own);
}

for (const version of ["HTTP/1.1", "HTTP/2"] satisfies HttpVersion[]) {
  suite(version, () => {
    test("headers and 2 KiB of padding come before there is a packet", async (context) => {
      const fixture = await serveCarriers(
        context,
        version,
        (response) => new StreamCarrier(SSE_FORM, response, { vary: "Origin" }, { streamRecycleBytes: MIB }, wheel),
      );
      const answer = await fixture.get();
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-type"], "text/event-stream");
      assert.equal(answer.headers["cache-control"], "no-store, no-transform");
      assert.equal(answer.headers["x-accel-buffering"], "no");
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers.vary, "Origin");
      assert.equal(answer.headers["content-length"], undefined);
      if (version === "HTTP/2") assert.equal(answer.headers.connection, undefined);
      assert.equal(await received(answer, PADDING_BYTES), SSE_FORM.beginning.toString());
    });

    test("flushes come as they were sent", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const { carrier } = await fixture.attached.take("the carrier");
      const withBytes = OutgoingPacket.message('51-["e",{}]', [Uint8Array.of(1, 2, 255)]);
      carrier.send([OutgoingPacket.raw("81"), OutgoingPacket.raw("70"), hello, withBytes]);
      carrier.send([hello]);
      const body = '81\x1e70\x1e4hello\x1e451-["e",{}]\x1ebAQL/\x1e4hello\x1e';
      assert.equal(await received(answer, PADDING_BYTES + body.length), PADDING + body);
    });

    test("short and long packets of one flush keep their order", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const { carrier } = await fixture.attached.take("the carrier");
      const texts = [1, 5000, 2, 3, 10_000, 20_000, 4095, 4096, 1].map((size, index) => `${index}`.repeat(size));
      carrier.send(texts.map((text) => OutgoingPacket.message(text)));
      const body = texts.map((text) => `4${text}\x1e`).join("");
      assert.equal(await received(answer, PADDING_BYTES + body.length), PADDING + body);
    });

    test("a reader that stops makes the stream full, and one that goes on again ready", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      await received(answer, PADDING_BYTES);
      answer.stop();
      const sent = await fill(attached.carrier);
      assert.equal(attached.carrier.writable, false);
      assert.ok(attached.carrier.bufferedBytes > 0);
      attached.calls.length = 0;
      answer.go();
      await until(() => attached.calls.includes("ready"), "ready");
      assert.equal(attached.carrier.writable, true);
      await received(answer, PADDING_BYTES + sent * 65_538);
      await until(() => attached.carrier.bufferedBytes === 0, "nothing held");
      assert.deepEqual([...new Set(attached.calls)], ["ready"]);
    });

    test("a client that leaves in the middle breaks it, and nothing is held any more", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      answer.stop();
      await fill(attached.carrier);
      attached.calls.length = 0;
      answer.leave();
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["broken"]);
      assert.equal(attached.carrier.writable, false);
      assert.equal(attached.carrier.bufferedBytes, 0);
      attached.carrier.send([hello]);
      attached.carrier.end([CLOSE]);
      assert.deepEqual(attached.calls, ["broken"]);
    });

    test("after its bytes it is recycled: the answer is complete, and so it says", async (context) => {
      const fixture = await serveCarriers(context, version, streaming(PADDING_BYTES + 14));
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      attached.carrier.send([hello]);
      assert.equal(attached.carrier.writable, true);
      attached.carrier.send([hello]);
      assert.equal(attached.carrier.writable, false);
      attached.carrier.send([hello]);
      assert.equal(await answer.ended, true);
      assert.equal(answer.text(), `${PADDING}4hello\x1e4hello\x1e`);
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["complete"]);
    });

    test("a form may ask to be recycled earlier than the server does", async (context) => {
      const form = { ...STREAMING_FORM, recycleBytes: PADDING_BYTES + 1 };
      const fixture = await serveCarriers(context, version, streaming(MIB, form));
      const answer = await fixture.get();
      const { carrier } = await fixture.attached.take("the carrier");
      carrier.send([hello]);
      assert.equal(await answer.ended, true);
    });

    test("a client that leaves while it is recycled breaks it", async (context) => {
      const fixture = await serveCarriers(context, version, streaming(64 * MIB));
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      answer.stop();
      await fill(attached.carrier);
      attached.calls.length = 0;
      attached.carrier.send([OutgoingPacket.message("x".repeat(64 * MIB))]);
      assert.equal(attached.carrier.writable, false);
      answer.leave();
      await until(() => attached.calls.length > 0, "the end");
      assert.deepEqual(attached.calls, ["broken"]);
    });

    test("its end carries the last packets, and is not reported", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      attached.carrier.send([hello]);
      attached.carrier.end([CLOSE]);
      attached.carrier.end([CLOSE]);
      assert.equal(await answer.ended, true);
      assert.equal(answer.text(), `${PADDING}4hello\x1e1\x1e`);
      await until(() => attached.carrier.bufferedBytes === 0, "nothing held");
      assert.deepEqual(attached.calls, []);
    });

    test("an ended stream that nobody reads is cut off", async (context) => {
      let now = 0;
      const own = new DeadlineWheel(() => now);
      const fixture = await serveCarriers(context, version, streaming(undefined, undefined, own));
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      answer.stop();
      await fill(attached.carrier);
      attached.calls.length = 0;
      attached.carrier.end([CLOSE]);
      now = 4000;
      own.advance();
      assert.equal(isOver(attached.response), false);
      now = 6000;
      own.advance();
      await until(() => attached.carrier.bufferedBytes === 0, "nothing held");
      answer.go();
      await answer.ended;
      assert.ok(!answer.text().endsWith("1\x1e"));
      assert.deepEqual(attached.calls, []);
      assert.equal(own.size, 0);
    });

    test("taken over while its reader has stopped, it is cut off at once and holds nothing", async (context) => {
      const own = new DeadlineWheel(() => 0);
      const fixture = await serveCarriers(context, version, streaming(undefined, undefined, own));
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      answer.stop();
      await fill(attached.carrier);
      attached.calls.length = 0;
      attached.carrier.end([]);
      assert.equal(isOver(attached.response), true);
      await until(() => attached.carrier.bufferedBytes === 0, "nothing held");
      answer.go();
      await answer.ended;
      assert.deepEqual(attached.calls, []);
      assert.equal(own.size, 0);
    });

    test("taken over while its reader reads, it is completed", async (context) => {
      const fixture = await serveCarriers(context, version, streaming());
      const answer = await fixture.get();
      const attached = await fixture.attached.take("the carrier");
      attached.carrier.send([hello]);
      attached.carrier.end([]);
      assert.equal(await answer.ended, true);
      assert.equal(answer.text(), `${PADDING}4hello\x1e`);
    });

    test("a response whose client has left before is broken, as soon as somebody listens", async (context) => {
      const waiting = new Inbox<http.ServerResponse>();
      const fixture = await serveCarriers(context, version, (response) => {
        response.once("close", () => waiting.put(response));
        return streaming()(response);
      });
      const answer = await fixture.get();
      answer.leave();
      const carrier = streaming()(await waiting.take("a response that is over"));
      const ends: string[] = [];
      carrier.sink = { ready() {}, packet() {}, refused() {}, gone: (how) => ends.push(how) };
      assert.equal(carrier.writable, false);
      carrier.send([hello]);
      await until(() => ends.length > 0, "the end");
      assert.deepEqual(ends, ["broken"]);
    });
  });
}

test("a packet for many streams is written once in their form", async (context) => {
  const written: string[] = [];
  const form: StreamForm = {
    ...SSE_FORM,
    packet: (payload) => {
      written.push(payload);
      return payload;
    },
  };
  const fixture = await serveCarriers(context, "HTTP/1.1", streaming(MIB, form));
  const answers = await Promise.all([fixture.get(), fixture.get(), fixture.get()]);
  for (const _ of answers) (await fixture.attached.take("a carrier")).carrier.send([hello, hello]);
  for (const answer of answers) {
    const body = "data: 4hello\x1e4hello\n\n";
    assert.equal((await received(answer, PADDING_BYTES + body.length)).slice(PADDING_BYTES), body);
  }
  assert.deepEqual(written, ["4hello"]);
});

test("HTTP/1.0 has no chunks: the end of the connection is the end of the stream", async (context) => {
  const server = http.createServer((_, response) => {
    const carrier = streaming()(response);
    carrier.send([hello]);
    carrier.end([CLOSE]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  // It listens on TCP, where an address is one with a port.
  const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1", () =>
    socket.write("GET / HTTP/1.0\r\n\r\n"),
  );
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  await within(new Promise((resolve) => socket.once("end", resolve)), "the end of the connection");
  assert.equal(text.slice(text.indexOf("\r\n\r\n") + 4), `${PADDING}4hello\x1e1\x1e`);
});
