import assert from "node:assert/strict";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { wasDelivered } from "./delivery.ts";
import { FakeConnection, until } from "./fake-connection.test.ts";
import { answer, TEXT } from "./http-answer.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

function connect(handle: (request: IncomingMessage, response: ServerResponse) => void): FakeConnection {
  const connection = new FakeConnection();
  createServer(handle).emit("connection", connection);
  return connection;
}

describe("an answer", () => {
  for (const body of ["ok", "x".repeat(65_536), "größer als ASCII", "€ \u{1f600}", "é"]) {
    it(`is one write, head and body: ${body.slice(0, 20)} (${body.length})`, async () => {
      const events: string[] = [];
      const connection = connect((_request, response) => {
        response
          .on("finish", () => events.push(`finish ${wasDelivered(response)}`))
          .on("close", () => events.push("close"));
        answer(response, 200, TEXT, body, { vary: "Origin" });
      });
      connection.push(GET);
      await until(() => events.length === 2);
      assert.equal(connection.writes.length, 1);
      const [head = "", text] = connection.text.split("\r\n\r\n");
      assert.equal(text, body);
      assert.match(head, /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain; charset=UTF-8\r\n/);
      assert.ok(
        head.includes(`\r\ncontent-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nvary: Origin\r\n`),
      );
      assert.ok(!head.includes("chunked"));
      assert.deepEqual(events, ["finish true", "close"]);
    });
  }

  it("leaves the connection to the next request, and pipelined ones are answered in order", async () => {
    const waiting: ServerResponse[] = [];
    const connection = connect((_request, response) => void waiting.push(response));
    connection.push(GET + GET);
    await until(() => waiting.length === 2);
    for (const [index, response] of [...waiting.entries()].reverse())
      answer(response, 200, TEXT, `answer ${index}`, {});
    await until(() => connection.text.includes("answer 1"));
    assert.ok(connection.text.indexOf("answer 0") < connection.text.indexOf("answer 1"));
    connection.push(GET);
    await until(() => waiting.length === 3);
    assert.equal(connection.destroyed, false);
  });

  it("to HEAD has the length and no body", async () => {
    const connection = connect((_request, response) => answer(response, 400, TEXT, "refused", {}));
    connection.push("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => connection.text.includes("\r\n\r\n"));
    assert.ok(connection.text.includes("\r\ncontent-length: 7\r\n"));
    assert.ok(connection.text.endsWith("\r\n\r\n"));
  });

  it("for a client that has left is no error and counts as not delivered", async () => {
    const delivered: boolean[] = [];
    let closed = false;
    const connection = connect((request, response) => {
      response.on("finish", () => delivered.push(wasDelivered(response))).on("close", () => (closed = true));
      request.socket.destroy();
      answer(response, 200, TEXT, "for nobody", {});
    });
    connection.push(GET);
    await until(() => closed);
    assert.ok(!delivered.includes(true));
    assert.equal(connection.text, "");
  });

  it("keeps the headers that a middleware has set", async () => {
    const connection = connect((_request, response) => {
      response.setHeader("x-middleware", "1").setHeader("cache-control", "public");
      answer(response, 200, TEXT, "ok", {});
    });
    connection.push(GET);
    await until(() => connection.text.includes("ok"));
    assert.match(connection.text, /x-middleware: 1\r\ncache-control: no-store\r\n/);
  });

  it("gives a replaced writeHead an object, as middlewares expect it", async () => {
    const seen: unknown[] = [];
    const connection = connect((_request, response) => {
      response.writeHead = (status: number, headers: unknown): ServerResponse => {
        seen.push(headers);
        return Reflect.apply(ServerResponse.prototype.writeHead, response, [status, headers]);
      };
      answer(response, 200, TEXT, "ok", {});
    });
    connection.push(GET);
    await until(() => connection.text.includes("ok"));
    assert.deepEqual(seen, [{ "content-type": TEXT, "content-length": 2, "cache-control": "no-store" }]);
  });
});
