import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { TransportFailure } from "../failures.ts";
import { FakeConnection, until } from "./fake-connection.test.ts";
import { readBytes } from "./request-body.ts";

const LIMITS = { maxPayload: 100_000, bodyTimeout: 1000 };

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
      results.push(body instanceof TransportFailure ? body.reason : body.toString("utf8"));
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
