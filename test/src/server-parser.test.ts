/** A parser that the application brings, of the shape of socket.io-msgpack-parser, with the official client and with ours. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { deserialize, serialize } from "node:v8";
import { io as everwire } from "@everwire/client";
import { type Parser, type ParserPacket, Server } from "@everwire/server";
import { io as official } from "socket.io-client";
import { nextEvent } from "./waiting.ts";

/** Packets of the connection are texts, events and acknowledgements are bytes. */
class Encoder {
  encode(packet: ParserPacket): (string | Uint8Array)[] {
    return [packet.type === 2 || packet.type === 3 ? serialize(packet) : JSON.stringify(packet)];
  }
}

class Decoder extends EventEmitter {
  add(message: unknown): void {
    this.emit("decoded", message instanceof Uint8Array ? deserialize(message) : JSON.parse(String(message)));
  }

  destroy(): void {
    this.removeAllListeners();
  }
}

interface Client {
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>;
  disconnect(): unknown;
}

const parser: Parser = { Encoder, Decoder };
const options = { parser, forceNew: true };
const ways: readonly { readonly name: string; open(url: string): Client }[] = [
  { name: "socket.io-client, WebSocket", open: (url) => official(url, { ...options, transports: ["websocket"] }) },
  { name: "socket.io-client, polling", open: (url) => official(url, { ...options, transports: ["polling"] }) },
  { name: "Everwire's client", open: (url) => everwire(url, options) },
];

for (const way of ways) {
  describe(`a parser of the application: ${way.name}`, () => {
    let server: Server;
    let url: string;
    let client: Client;

    before(async () => {
      const http = createServer();
      server = new Server(http, { parser, connectionStateRecovery: true });
      server.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
      server.of("/closed").use((_socket, next) => next(Object.assign(new Error("no"), { data: { code: 1 } })));
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      // Listening on a TCP port, so the address is not a path.
      url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
      client = way.open(url);
      await nextEvent(client, "connect");
    });
    after(async () => {
      client.disconnect();
      await server.close();
    });

    it("carries what JSON cannot, there and back, and in broadcasts", async () => {
      const value = new Map<string, unknown>([["big", 2n ** 70n]]);
      assert.deepEqual(await client.emitWithAck("echo", value), value);
      const heard = nextEvent(client, "all");
      server.emit("all", new Set([1, 2]));
      assert.deepEqual((await heard)[0], new Set([1, 2]));
      client.on("ask", (answer: (value: unknown) => void) => answer(new Date(0)));
      assert.deepEqual(await server.timeout(60_000).emitWithAck("ask"), [new Date(0)]);
    });

    it("says why a namespace refused", async () => {
      const refused = way.open(`${url}/closed`);
      const [error] = await nextEvent<[Error & { data?: unknown }]>(refused, "connect_error");
      refused.disconnect();
      assert.deepEqual([error.message, error.data], ["no", { code: 1 }]);
    });
  });
}
