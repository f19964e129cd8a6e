/** A connection that was lost with its session, and is recovered by our server: nothing is missed. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { io, type Socket } from "@everwire/client";
import { Server } from "@everwire/server";
import { nextEvent, until } from "./waiting.ts";

describe("connection state recovery of our server and our client", () => {
  const http = createServer();
  const server = new Server(http, { connectionStateRecovery: true });
  const opened: Socket[] = [];
  let url = "";

  before(async () => {
    server.on("connection", (socket) => {
      socket.on("join", (room: string, done: () => void) => {
        void socket.join(room);
        done();
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.engine.close();
    http.closeAllConnections();
    await server.close();
  });

  for (const transports of [["websocket"], ["streaming"], ["polling"]] as const) {
    it(`over ${transports[0]}`, async () => {
      const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50, transports });
      opened.push(socket);
      const told: unknown[] = [];
      socket.on("told", (what: unknown) => told.push(what));
      const room = `room ${transports[0]}`;
      await socket.emitWithAck("join", room);
      const { id } = socket;
      assert.ok(id !== undefined);
      server.to(room).emit("told", 0);
      await until("the first", () => told.length === 1);
      const again = nextEvent(socket, "connect");
      server.sockets.sockets.get(id)?.conn.close();
      await nextEvent(socket, "disconnect");
      for (let n = 1; n < 50; n++) server.to(room).emit("told", n);
      await again;
      await until("all of them", () => told.length === 50);
      assert.deepEqual(told, [...told.keys()]);
      assert.deepEqual([socket.recovered, socket.recovery, socket.id], [true, undefined, id]);
    });
  }
});
