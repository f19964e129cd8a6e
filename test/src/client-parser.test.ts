/** Our client with `socket.io-msgpack-parser`, against the official server with the same. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { io, type Socket } from "@everwire/client";
import { Server } from "socket.io";
import * as parser from "socket.io-msgpack-parser";

describe("socket.io-msgpack-parser on both sides", () => {
  const http = createServer();
  const server = new Server(http, { parser });
  const opened: Socket[] = [];
  let url = "";

  before(async () => {
    server.on("connection", (socket) => {
      socket.on("echo", (...args: unknown[]) => {
        const answer = args.pop();
        if (typeof answer === "function") answer(...args);
      });
    });
    server.of("/no").use((_socket, next) => next(new Error("no")));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.close();
  });

  for (const transport of ["websocket", "polling"] as const) {
    it(`carries values and bytes over ${transport}`, async () => {
      const socket = io(url, { parser, transports: [transport], forceNew: true });
      opened.push(socket);
      const value = { text: "é😀", list: [1, null], bytes: Buffer.from([0, 255, 1]) };
      assert.deepEqual(await socket.timeout(60_000).emitWithAck("echo", value), value);
    });
  }

  it("carries a refusal", async () => {
    const socket = io(`${url}/no`, { parser, forceNew: true });
    opened.push(socket);
    const message = await new Promise((resolve) => socket.on("connect_error", (error) => resolve(error.message)));
    assert.equal(message, "no");
  });
});
