import assert from "node:assert/strict";
import { test } from "node:test";
import { awkwardText, random } from "./carrier-fixture.test.ts";
import { SSE_FORM } from "./sse-form.ts";
import { PADDING_BYTES } from "./stream-form.ts";

/** The events of a stream as browsers read it (HTML, "Interpreting an event stream"), their data only. */
function eventsOf(stream: string): string[] {
  const events: string[] = [];
  let data = "";
  for (const line of stream.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (data !== "") events.push(data.slice(0, -1));
      data = "";
    } else if (line.startsWith("data:")) {
      data += `${line.slice(5).replace(/^ /, "")}\n`;
    } else {
      assert.ok(line.startsWith(":"), `a field that was not sent: ${JSON.stringify(line)}`);
    }
  }
  return events;
}

function unescapeLine(data: string): string {
  return data.replace(/\\(.)/g, (_, unit: string) => (unit === "n" ? "\n" : unit === "r" ? "\r" : unit));
}

function flush(...payloads: string[]): string {
  const { before, between, after, packet } = SSE_FORM;
  return `${before}${payloads.map(packet).join(between.toString())}${after}`;
}

test("the beginning is a comment of 2 KiB", () => {
  assert.equal(SSE_FORM.beginning.length, PADDING_BYTES);
  assert.match(SSE_FORM.beginning.toString(), /^: +\n$/);
});

test("a flush is one event", () => {
  assert.equal(flush("81", '42["a\\nb"]'), 'data: 81\x1e42["a\\\\nb"]\n\n');
  assert.equal(flush("4a\nb\rc\\"), "data: 4a\\nb\\rc\\\\\n\n");
});

test("what a browser reads is what was sent", () => {
  const next = random(21);
  for (let round = 0; round < 2000; round += 1) {
    const payloads = [awkwardText(next), awkwardText(next)].map((text) => `4${text}`);
    const stream = `${SSE_FORM.beginning}${flush(...payloads)}${flush("6")}`;
    assert.deepEqual(eventsOf(stream).map(unescapeLine), [payloads.join("\x1e"), "6"]);
  }
});
