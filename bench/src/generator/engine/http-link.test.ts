import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { HttpLink } from "./http-link.ts";
import { Tally } from "./tally.ts";

/** A server that answers `ok` to the first `answers` requests of each connection and then cuts it. */
async function cuttingServer(answers: number): Promise<{ server: Server; port: number }> {
  const server = createServer((socket: Socket) => {
    let left = answers;
    socket.on("error", () => {});
    socket.on("data", () => {
      if (left-- > 0) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.resetAndDestroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return { server, port: address.port };
}

test("a request that met the end of a kept connection is sent again on a new one", async () => {
  const { server, port } = await cuttingServer(1);
  const tally = new Tally();
  const bodies: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const link = new HttpLink(port, tally, reject);
    const ask = () =>
      link.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {
        body: (text) => bodies.push(text),
        end: () => {
          if (bodies.length < 3) return ask();
          link.reset();
          resolve();
        },
      });
    ask();
  });
  assert.deepEqual(bodies, ["ok", "ok", "ok"]);
  assert.equal(tally.requests, 5);
  server.close();
});

test("a new connection that is cut ends the run", async () => {
  const { server, port } = await cuttingServer(0);
  const error = await new Promise<Error>((resolve) => {
    const link = new HttpLink(port, new Tally(), resolve);
    link.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", { body: () => {}, end: () => {} });
  });
  assert.match(error.message, /connection lost/);
  server.close();
});
