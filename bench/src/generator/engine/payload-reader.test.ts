import assert from "node:assert/strict";
import { test } from "node:test";
import { payloadReader } from "./payload-reader.ts";
import type { TransportName } from "./transport-form.ts";

/** docs/protocol/session.md: the same packets in the form of each transport. */
const PACKETS = ["81", '42["echo","a \\" b"]', "71"];
const payload = PACKETS.join("\x1e");
const script = JSON.stringify(payload);

const bodies: readonly (readonly [TransportName, string])[] = [
  ["polling", payload],
  ["short-polling", payload],
  ["streaming", `${payload}\x1e`],
  ["sse", `:      \ndata: ${payload.replaceAll("\\", "\\\\")}\n\n`],
  [
    "iframe",
    `<!doctype html><script nonce="x=">function p(q){r(q)}</script>  \n<script nonce="x=">p(${script})</script>\n`,
  ],
  ["jsonp", `/**/___eio[3](${script});`],
];

for (const [transport, body] of bodies) {
  test(`${transport}: packets are found whatever the pieces they come in`, () => {
    for (const length of [1, 5, body.length]) {
      const reader = payloadReader(transport);
      const found: string[] = [];
      const take = (packet: string) => found.push(packet);
      for (let at = 0; at < body.length; at += length) reader.push(body.slice(at, at + length), take);
      reader.end(take);
      assert.deepEqual(found, PACKETS);
    }
  });
}
