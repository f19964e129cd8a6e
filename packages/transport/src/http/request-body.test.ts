import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { TransportFailure } from "../failures.ts";
import { FakeConnection, until } from "./fake-connection.test.ts";
import { readBytes } from "./request-body.ts";

const LIMITS = { maxPayload: 100_000, bodyTimeout: 1000, minBodyRate: 500 };

interface Reading {
  readonly connection: FakeConnection;
  /** The text read or the reason why not, of each request. */
  readonly results: string[];
  pass(ms: number): void;
}

function serve(limits: typeof LIMITS = LIMITS): Reading {
  const connection = new FakeConnection();
  const results: string[] = [];
  let now = 0;
  const wheel = new DeadlineWheel(() => now);
  const server = createServer((request, response) => {
    readBytes(request, limits, wheel, (body) => {
      results.push(body instanceof TransportFailure ? body.reason : Buffer.concat(body).toString("utf8"));
      response.end();
    });
  });
  server.emit("connection", connection);
  const pass = (ms: number): void => {
    now += ms;
    wheel.advance();
  };
  return { connection, results, pass };
}

function head(line: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;
}

/** Has a body come at its pace, so many bytes each second, until there is a result. */
async function at(pace: (second: number) => number, limits: Partial<typeof LIMITS> = {}): Promise<[string, number]> {
  const { connection, results, pass } = serve({ ...LIMITS, bodyTimeout: 30_000, ...limits });
  connection.push(head("Content-Length: 90000"));
  for (let second = 0; ; second++) {
    await new Promise((resolve) => setImmediate(resolve));
    const [result] = results;
    if (result !== undefined) return [result.replaceAll("x", ""), second];
    connection.push("x".repeat(pace(second)));
    await until(() => connection.readableLength === 0);
    await new Promise((resolve) => setImmediate(resolve));
    // In the ticks of the wheel, so that what is due at the end of the second is done then.
    for (let tick = 0; tick < 4; tick++) pass(250);
  }
}

describe("a request body", () => {
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const body = "aé".repeat(size).slice(0, size);
    const whole = Buffer.from(head(`Content-Length: ${Buffer.byteLength(body)}`) + body);

    it(`of ${size} characters is read whether it comes at once or in pieces`, async () => {
      const limits = { ...LIMITS, maxPayload: 200_000 };
      for (const pieces of [[whole], [whole.subarray(0, -size), whole.subarray(-size)], thirds(whole)]) {
        const { connection, results } = serve(limits);
        for (const piece of pieces) {
          connection.push(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await until(() => results.length > 0);
        assert.deepEqual(results, [body]);
      }
    });
  }

  it("is read byte by byte, and the next request on the connection as well", async () => {
    const { connection, results } = serve();
    for (const byte of Buffer.from(`${head("Content-Length: 5")}helloPOST / HTTP/1.1\r\n`)) {
      connection.push(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.push("Host: a\r\nContent-Length: 3\r\n\r\nabc");
    await until(() => results.length === 2);
    assert.deepEqual(results, ["hello", "abc"]);
  });

  it("without a length comes in chunks, bounded while it streams", async () => {
    const { connection, results } = serve({ ...LIMITS, maxPayload: 8 });
    connection.push(`${head("Transfer-Encoding: chunked")}5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n`);
    await until(() => results.length === 1);
    connection.push(`${head("Transfer-Encoding: chunked")}5\r\nhello\r\n4\r\nabcd\r\n`);
    await until(() => results.length === 2);
    assert.deepEqual(results, ["helloabc", "body_too_large"]);
  });

  it("is refused unread when its length is over the limit", async () => {
    const { connection, results } = serve();
    connection.push(head("Content-Length: 100001"));
    await until(() => results.length === 1);
    assert.deepEqual(results, ["body_too_large"]);
  });

  it("that stops halfway ends at the deadline, once", async () => {
    const { connection, results, pass } = serve();
    connection.push(`${head("Content-Length: 5")}hel`);
    await until(() => connection.readableLength === 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(results, []);
    pass(1500);
    connection.push("lo");
    connection.destroy();
    await until(() => connection.closed);
    assert.deepEqual(results, ["body_timed_out"]);
  });

  it("that comes byte by byte is refused after six seconds", async () => {
    assert.deepEqual(await at(() => 1), ["body_too_slow", 6]);
    assert.deepEqual(await at(() => 0), ["body_too_slow", 6]);
  });

  it("that comes at five hundred bytes a second has its thirty", async () => {
    assert.deepEqual(await at(() => 500), ["body_timed_out", 30]);
    assert.deepEqual(await at(() => 300), ["body_too_slow", 13]);
  });

  it("that comes slowly, but fast enough, is read", async () => {
    const [result, seconds] = await at(() => 4000);
    assert.equal(result, "");
    assert.equal(seconds, 23);
  });

  it("that came fast at first may stop for as long as that would have taken", async () => {
    assert.deepEqual(await at((second) => (second === 0 ? 5000 : 0)), ["body_too_slow", 16]);
  });

  it("may be as slow as it likes where no pace is asked for", async () => {
    assert.deepEqual(await at(() => 1, { minBodyRate: 0 }), ["body_timed_out", 30]);
  });

  it("that comes in the same turn as another is told of in the asynchronous context of its own request", async () => {
    const who = new AsyncLocalStorage<string>();
    const heard: string[] = [];
    const wheel = new DeadlineWheel(() => 0);
    const server = createServer((request) => {
      who.run(request.url ?? "", () => {
        readBytes(request, LIMITS, wheel, (body) => heard.push(`${String(body)} in ${who.getStore()}`));
      });
    });
    for (const name of ["a", "b"]) {
      const connection = new FakeConnection();
      server.emit("connection", connection);
      connection.push(`POST /${name} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n${name}`);
    }
    await until(() => heard.length === 2);
    assert.deepEqual(heard, ["a in /a", "b in /b"]);
  });

  it("that is cut off is aborted", async () => {
    const { connection, results } = serve();
    connection.push(`${head("Content-Length: 5")}hel`);
    await new Promise((resolve) => setImmediate(resolve));
    connection.destroy();
    await until(() => results.length === 1);
    assert.deepEqual(results, ["body_aborted"]);
  });
});

function thirds(bytes: Buffer): Buffer[] {
  const third = Math.ceil(bytes.length / 3);
  return [bytes.subarray(0, third), bytes.subarray(third, 2 * third), bytes.subarray(2 * third)];
}
