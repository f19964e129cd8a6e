import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sendJsonpUplink } from "./jsonp-uplink.ts";
import { TestClock } from "./test-clock.test.ts";
import { only, TestConnector } from "./test-downlink.test.ts";

const THERE = "https://server.example/socket.io/?sid=a";

function send(url: string, body: string, page = true) {
  const connector = new TestConnector({ page });
  const clock = new TestClock();
  const abort = new AbortController();
  const answer = sendJsonpUplink(url, body, { connector, clock, signal: abort.signal });
  return { connector, clock, abort, answer };
}

describe("a JSONP uplink", () => {
  it("is a request with the form's body where the answer can be read", async () => {
    for (const [url, page] of [
      ["https://page.example/socket.io/?sid=a", true],
      [THERE, false],
    ] as const) {
      const { connector, answer } = send(url, "81\x1e4a+é=", page);
      assert.deepEqual(await answer, { status: 200, body: "71" });
      const { body, contentType } = only(connector.requests);
      assert.equal(contentType, "application/x-www-form-urlencoded;charset=UTF-8");
      assert.equal(body, "d=81%1E4a%2B%C3%A9%3D");
      assert.equal(connector.forms.length, 0);
    }
  });

  it("is a form where the answer cannot be read, and then says only that one came", async () => {
    const { connector, clock, answer } = send(THERE, "81\x1e4a+é=");
    const form = only(connector.forms);
    assert.deepEqual(form.fields, { d: "81\x1e4a+é=" });
    assert.equal(form.url, THERE);
    form.loaded();
    assert.deepEqual(await answer, { status: 200, body: "" });
    assert.ok(form.removed);
    assert.equal(clock.pending, 0);
    assert.equal(connector.requests.length, 0);
  });

  it("escapes line breaks so that Engine.IO servers find them again", () => {
    for (const [body, d] of [
      ["4a\nb", "4a\\nb"],
      ["4a\\nb", "4a\\\\nb"],
      ["4a\\\\nb", "4a\\\\\\nb"],
      ["4\\t\\\\", "4\\t\\\\"],
    ] as const) {
      assert.equal(only(send(THERE, body).connector.forms).fields.d, d);
    }
  });

  it("rejects when no answer came in time, and when it is given up", async () => {
    const late = send(THERE, "6");
    const refused = assert.rejects(late.answer, /not answered in time/);
    await late.clock.pass(20_000);
    await refused;
    assert.ok(only(late.connector.forms).removed);
    const left = send(THERE, "6");
    left.abort.abort();
    await assert.rejects(left.answer, /given up/);
    assert.ok(only(left.connector.forms).removed);
    assert.equal(left.clock.pending, 0);
  });
});
