/** Connection state recovery, with the official `socket.io-client` 4.8 and with ours, over every way to lose a connection. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { after, before, describe, it } from "node:test";
import { io as everwire } from "@everwire/client";
import { Server, type Socket as ServerSocket } from "@everwire/server";
import { io as official } from "socket.io-client";
import { nextEvent, until } from "./waiting.ts";

/** What the two clients have in common, as far as it is used here. */
interface Client {
  readonly id?: string | undefined;
  readonly recovered: boolean;
  readonly connected: boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  disconnect(): unknown;
}

interface Way {
  readonly name: string;
  /** Whether the loss of its TCP connections is the end of the client's session: one of Everwire's survives that. */
  readonly fragile: boolean;
  open(url: string): Client;
}

const FAST = { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50 };

const ways: readonly Way[] = [
  {
    name: "socket.io-client, WebSocket",
    fragile: true,
    open: (url) => official(url, { ...FAST, transports: ["websocket"] }),
  },
  {
    name: "socket.io-client, polling",
    fragile: true,
    open: (url) => official(url, { ...FAST, transports: ["polling"] }),
  },
  { name: "socket.io-client, polling, then upgrade", fragile: true, open: (url) => official(url, FAST) },
  { name: "Everwire's client", fragile: false, open: (url) => everwire(url, FAST) },
];

for (const way of ways) {
  describe(`connection state recovery: ${way.name}`, () => {
    let server: Server;
    let url: string;
    const opened: Client[] = [];
    const connections = new Set<TcpSocket>();

    before(async () => {
      const http = createServer();
      http.on("connection", (connection) => {
        connections.add(connection);
        connection.once("close", () => connections.delete(connection));
      });
      server = new Server(http, { connectionStateRecovery: {} });
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      // Listening on a TCP port, so the address is not a path.
      url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    });
    after(async () => {
      for (const client of opened) client.disconnect();
      await server.close();
    });

    const join = async (namespace = "/"): Promise<{ client: Client; socket: ServerSocket }> => {
      const connected = nextEvent<[ServerSocket]>(server.of(namespace), "connection");
      const client = way.open(url + namespace);
      opened.push(client);
      const [[socket]] = await Promise.all([connected, nextEvent(client, "connect")]);
      return { client, socket };
    };
    /** Breaks the network, or ends the session where that is no end. */
    const snap = (socket: ServerSocket): void => {
      if (way.fragile) for (const connection of connections) connection.destroy();
      else socket.conn.close("transport error");
    };
    /** The same, until the client knows. */
    const cut = async ({ client, socket }: { client: Client; socket: ServerSocket }): Promise<void> => {
      let gone = false;
      client.once("disconnect", () => {
        gone = true;
      });
      // A client that is between two polls has no connection that could break.
      await until("the disconnect", () => {
        if (!gone) snap(socket);
        return gone;
      });
    };

    it("restores id, rooms and data, and brings what was missed, in order and once", async () => {
      const { client, socket } = await join();
      const heard: unknown[] = [];
      client.on("n", (n: unknown) => heard.push(n));
      const id = client.id;
      socket.join("room");
      socket.data.user = "ada";
      assert.equal(client.recovered, false);
      server.emit("n", 0);
      await until("the first event", () => heard.length === 1);
      const back = nextEvent<[ServerSocket]>(server, "connection");
      const connected = nextEvent(client, "connect");
      await cut({ client, socket });
      server.emit("n", 1);
      server.to("room").emit("n", Buffer.from([2]));
      server.to("other").emit("n", "not mine");
      server.to(String(id)).emit("n", { three: 3 });
      const [again] = await back;
      await connected;
      server.to("room").emit("n", 4);
      await until("all events", () => heard.length === 5);
      assert.deepEqual(heard, [0, 1, Buffer.from([2]), { three: 3 }, 4]);
      assert.deepEqual([client.recovered, again.recovered, client.id, again.id], [true, true, id, id]);
      assert.deepEqual([again.rooms.has("room"), again.data.user], [true, "ada"]);
    });

    it("works before the first event, and again and again", async () => {
      const joined = await join();
      const { client } = joined;
      let { socket } = joined;
      const { id } = client;
      const heard: number[] = [];
      client.on("n", (n: number) => heard.push(n));
      for (let round = 0; round < 4; round++) {
        const back = nextEvent<[ServerSocket]>(server, "connection");
        await cut({ client, socket });
        server.emit("n", round);
        [socket] = await back;
        await until("the connection", () => client.connected);
        assert.deepEqual([client.recovered, client.id], [true, id]);
        await until("the event", () => heard.length === round + 1);
      }
      assert.deepEqual(heard, [0, 1, 2, 3]);
    });

    it("begins anew in a namespace from which the server sent it away", async () => {
      const { client, socket } = await join("/strict");
      const { id } = client;
      const gone = nextEvent(client, "disconnect");
      socket.disconnect();
      await gone;
      const back = nextEvent<[ServerSocket]>(server.of("/strict"), "connection");
      const connected = nextEvent(client, "connect");
      Reflect.apply(Reflect.get(client, "connect"), client, []);
      const [again] = await back;
      await connected;
      assert.deepEqual([client.recovered, again.recovered], [false, false]);
      assert.notEqual(client.id, id);
    });

    it("loses, repeats and reorders nothing while connections break in the middle of a stream", async () => {
      const { client, socket } = await join("/stream");
      const heard: number[] = [];
      client.on("n", (n: number) => heard.push(n));
      let live = socket;
      let cuts = 0;
      const namespace = server.of("/stream");
      namespace.on("connection", (again) => {
        live = again;
      });
      for (let n = 0; n < 300; n++) {
        namespace.emit("n", n);
        if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (n % 60 === 30) {
          cuts += 1;
          snap(live);
        }
        if (n % 60 === 59) await until("what is missing", () => heard.at(-1) === n);
      }
      await until("300 events", () => heard.length >= 300);
      assert.deepEqual(
        heard,
        Array.from({ length: 300 }, (_, n) => n),
      );
      assert.equal(cuts, 5);
      assert.equal(client.recovered, live !== socket);
    });
  });
}
