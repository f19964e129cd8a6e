import assert from "node:assert/strict";
import { after, it } from "node:test";
import { fetchRequest } from "./fetch-request.ts";

const { fetch } = globalThis;
after(() => {
  globalThis.fetch = fetch;
});

/** Fetch, "HTTP-network-or-cache fetch": a request that outlives its page is refused when it has more than 64 KiB. */
for (const [what, body, keepalive] of [
  ["a short last body outlives the page", "1", true],
  ["one that browsers refuse to let outlive it is sent as any other", "4".repeat(70_000), false],
  ["bytes count, not characters", "€".repeat(30_000), false],
] as const) {
  it(what, async () => {
    const seen: unknown[] = [];
    globalThis.fetch = (_, init) => {
      seen.push(init?.keepalive);
      return Promise.resolve(new Response("71"));
    };
    const signal = new AbortController().signal;
    const request = { url: "http://server.example/", body, signal, last: true };
    const response = await fetchRequest(request, { headers: {}, credentials: "same-origin", limit: 100 });
    assert.equal(response.body, "71");
    assert.deepEqual(seen, [keepalive]);
  });
}
