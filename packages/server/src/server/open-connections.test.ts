import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type AnyHttpServer, openConnections } from "./open-connections.ts";

async function listen(server: AnyHttpServer): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  // It listens on a port.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an idle HTTP/2 session does not hold its server", { timeout: 5000 }, async () => {
  const server = createHttp2Server();
  const open = openConnections(server);
  const client = connect(await listen(server));
  await once(client, "remoteSettings");
  const closed = once(server.close(), "close");
  open.closeIdle();
  await Promise.all([closed, once(client, "close")]);
});

test("an HTTP/2 request that is never answered is cut off, but only by closeAll", { timeout: 5000 }, async () => {
  const server = createHttp2Server();
  const open = openConnections(server);
  const client = connect(await listen(server));
  const asked = once(server, "stream");
  const stream = client.request({ ":path": "/" });
  await asked;
  const closed = once(server.close(), "close");
  open.closeIdle();
  await once(client, "goaway");
  assert.equal(stream.closed, false);
  const gone = once(stream, "close");
  open.closeAll();
  await Promise.all([closed, gone.catch(() => {})]);
});

test("so is an HTTP/1.1 request", { timeout: 5000 }, async () => {
  const server = createServer();
  const open = openConnections(server);
  const client = request(await listen(server)).end();
  const failed = once(client, "error");
  await once(server, "request");
  const closed = once(server.close(), "close");
  open.closeIdle();
  assert.equal(client.destroyed, false);
  open.closeAll();
  await Promise.all([closed, failed]);
});
