import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket as TcpSocket } from "node:net";
import { after, describe, it } from "node:test";
import { BrokerError, type Log, MemoryLog } from "@everwire/broker";
import { type Channel, ChannelError, type ClientOptions, io, type Socket } from "@everwire/client";
import { ChannelService, type ChannelServiceOptions, Server, type Socket as ServerSocket } from "@everwire/server";
import { until } from "./waiting.ts";

const opened: (() => unknown)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

async function startServer(options: Partial<ChannelServiceOptions<ServerSocket>> = {}) {
  const http = createServer();
  // A store that fails on purpose would fill the output.
  const server = new Server(http, { log: () => undefined });
  const log = new MemoryLog();
  const identify = (socket: ServerSocket): { id: string } => ({ id: String(socket.handshake.auth.user ?? socket.id) });
  new ChannelService(server.of("/"), { log, identify, publishBurst: 10_000, publishRate: 10_000, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  opened.push(() => server.close());
  return { server, log, port: (http.address() as AddressInfo).port };
}

/** Cuts every connection when told to: in the middle of whatever is under way. */
async function startProxy(target: number) {
  const sockets = new Set<TcpSocket>();
  const proxy = createTcpServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  opened.push(() => {
    cut();
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, cut };
}

function dial(port: number, options: ClientOptions = {}): Socket {
  const socket = io(`http://127.0.0.1:${port}`, {
    forceNew: true,
    reconnectionDelay: 10,
    reconnectionDelayMax: 30,
    ...options,
  });
  opened.push(() => socket.disconnect());
  return socket;
}

/** The view an application would show: replaced by a fresh start, extended by records. */
function watch(channel: Channel): unknown[] {
  const view: unknown[] = [];
  channel.on("start", ({ recovered, records }) => {
    if (!recovered) view.splice(0, view.length, ...records.map(({ data }) => data));
  });
  channel.on("record", ({ data }) => view.push(data));
  return view;
}

const live = (channel: Channel): Promise<void> => until("a live channel", () => channel.state === "live");

for (const transports of [["websocket"], ["polling"]] as const) {
  describe(`a channel over ${transports}`, () => {
    it("carries records to all subscribers in one order", async () => {
      const { port } = await startServer();
      const [a, b] = [dial(port, { transports }), dial(port, { transports })];
      const [left, right] = [watch(a.channel("c")), watch(b.channel("c"))];
      await live(a.channel("c"));
      await live(b.channel("c"));
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => [a.channel("c").publish(`a${n}`), b.channel("c").publish(`b${n}`)]).flat(),
      );
      await until("all records", () => left.length === 100 && right.length === 100);
      assert.deepEqual(left, right);
      for (const name of ["a", "b"]) {
        const own = left.filter((data) => String(data).startsWith(name));
        assert.deepEqual(
          own,
          Array.from({ length: 50 }, (_, n) => `${name}${n}`),
        );
      }
    });

    it("brings 500 publishes at once through a slow server, all, once and in order", async () => {
      const { port, log } = await startServer({ publishRate: 300, publishBurst: 10 });
      const channel = dial(port, { transports, auth: { user: "p" } }).channel("c");
      const view = watch(channel);
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      // Half of them as an outbox that has grown offline.
      const offline = numbers.slice(0, 250).map((n) => channel.publish(n));
      await live(channel);
      const results = await Promise.all([...offline, ...numbers.slice(250).map((n) => channel.publish(n))]);
      assert.deepEqual(
        results.map(({ offset }) => offset),
        numbers.map((n) => n + 1),
      );
      assert.ok(results.every(({ duplicate }) => !duplicate));
      assert.equal((await log.head("c")).offset, 500);
      await until("all records", () => view.length >= 500);
      assert.deepEqual(view, numbers);
    });

    it("waits while the store fails, and goes on in order when it works again", async () => {
      const memory = new MemoryLog();
      let appends = 0;
      const failing = (): boolean => appends > 20 && appends <= 60;
      const log: Log = {
        append: (request) => {
          appends += 1;
          return failing() ? Promise.reject(new BrokerError("disk_full")) : memory.append(request);
        },
        read: (topic, query) => memory.read(topic, query),
        head: (topic) => memory.head(topic),
        topics: (prefix, limit) => memory.topics(prefix, limit),
        trim: (topic, retention) => memory.trim(topic, retention),
        close: () => memory.close(),
      };
      const { port } = await startServer({ log });
      const channel = dial(port, { transports, auth: { user: "p" } }).channel("c");
      await live(channel);
      const numbers = Array.from({ length: 100 }, (_, n) => n);
      const results = await Promise.all(numbers.map((n) => channel.publish(n)));
      assert.ok(appends > 60);
      assert.deepEqual(
        results.map(({ offset }) => offset),
        numbers.map((n) => n + 1),
      );
    });

    it("loses, repeats and reorders nothing while connections are cut", async () => {
      const { port, log } = await startServer();
      const proxy = await startProxy(port);
      const publisher = dial(proxy.port, { transports, auth: { user: "p" } }).channel("c");
      const reader = dial(proxy.port, { transports, auth: { user: "r" } }).channel("c");
      const view = watch(reader);
      await live(reader);
      const results: Promise<{ offset: number }>[] = [];
      for (let n = 0; n < 200; n++) {
        results.push(publisher.publish(n));
        if (n % 40 === 20) proxy.cut();
        if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const offsets = (await Promise.all(results)).map(({ offset }) => offset);
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      assert.deepEqual(
        offsets,
        numbers.map((n) => n + 1),
      );
      assert.equal((await log.head("c")).offset, 200);
      await until("all records", () => view.length >= 200);
      assert.deepEqual(view, numbers);
    });
  });
}

describe("a channel", () => {
  it("goes on from a position on another connection", async () => {
    const { port } = await startServer();
    const first = dial(port).channel("c");
    for (let n = 1; n <= 5; n++) await first.publish(n);
    await until("five records", () => first.position?.endsWith(":5") === true);
    const since = first.position?.replace(":5", ":3") ?? "";
    const second = dial(port).channel("c", { since });
    const seen: unknown[] = [];
    second.on("start", ({ recovered, records }) => seen.push(recovered, records.length));
    second.on("record", ({ data }) => seen.push(data));
    await until("two records", () => seen.length === 4);
    assert.deepEqual(seen, [true, 0, 4, 5]);
  });

  it("says so when it cannot go on from a position", async () => {
    const { port } = await startServer();
    const channel = dial(port).channel("c", { since: "another:3" });
    const seen: unknown[] = [];
    channel.on("start", ({ recovered, reason }) => seen.push(recovered, reason));
    await live(channel);
    assert.deepEqual(seen, [false, "epoch"]);
  });

  it("gives older records", async () => {
    const { port } = await startServer();
    const channel = dial(port).channel("c", { limit: 2 });
    for (let n = 1; n <= 6; n++) await channel.publish(n);
    const page = await channel.history({ before: 5, limit: 3 });
    assert.deepEqual(
      page.records.map(({ data }) => data),
      [2, 3, 4],
    );
    assert.equal(page.more, true);
  });

  it("refuses what the server's validator refuses, and goes on", async () => {
    const { port } = await startServer({
      validate: (_channel, data) => (data === "bad" ? { code: "text_invalid", message: "no" } : { data }),
    });
    const channel = dial(port).channel("c");
    const bad = assert.rejects(channel.publish("bad"), (error) => {
      assert.ok(error instanceof ChannelError);
      assert.deepEqual([error.code, error.message, error.retry], ["text_invalid", "no", false]);
      return true;
    });
    const good = channel.publish("good");
    await bad;
    assert.equal((await good).offset, 1);
  });

  it("that may not be subscribed to is refused", async () => {
    const { port } = await startServer({ authorize: (_socket, _action, channel) => channel !== "secret" });
    const channel = dial(port).channel("secret");
    await until("a refusal", () => channel.state === "refused");
    await assert.rejects(channel.publish(1), { name: "ChannelError", retry: false });
  });

  it("shows who is present, through reconnections, and carries signals", async () => {
    const { port } = await startServer();
    const watcher = dial(port, { auth: { user: "w" } }).channel("c");
    const socket = dial(port, { auth: { user: "g" } });
    const guest = socket.channel("c");
    await live(watcher);
    await guest.enter({ name: "Guest" });
    await until("the guest", () => watcher.members.has("g"));
    const seen: string[] = [];
    watcher.on("presence", ({ change, member }) => seen.push(`${change} ${member.id}`));
    socket.disconnect().connect();
    await until("the way out and back", () => seen.length >= 2);
    assert.deepEqual(watcher.members.get("g")?.data, { name: "Guest" });
    await live(guest);
    const signals: unknown[] = [];
    watcher.on("signal", (signal) => signals.push(signal));
    guest.signal({ typing: true });
    await until("a signal", () => signals.length > 0);
    assert.deepEqual(signals, [{ from: "g", data: { typing: true } }]);
    await guest.leave();
    await until("nobody", () => watcher.members.size === 0);
  });

  it("survives a switch of transports with its publishes", async () => {
    const { port } = await startServer();
    const socket = dial(port, { auth: { user: "s" } });
    const channel = socket.channel("c");
    const view = watch(channel);
    await live(channel);
    const results: Promise<unknown>[] = [];
    for (const transport of ["polling", "websocket", "polling"] as const) {
      results.push(channel.publish(transport), channel.publish(`${transport} too`));
      socket.io.switchTransport([transport]);
      await until("the transport", () => socket.io.transport === transport && channel.state === "live");
    }
    await Promise.all(results);
    await until("all records", () => view.length === 6);
    assert.deepEqual(view, ["polling", "polling too", "websocket", "websocket too", "polling", "polling too"]);
  });

  it("too large for the server is refused once and does not cut the connection again and again", async () => {
    const { port } = await startServer();
    const socket = dial(port);
    const channel = socket.channel("c");
    await live(channel);
    await assert.rejects(channel.publish("x".repeat(2_000_000)), { code: "payload_too_large", retry: false });
    assert.equal((await channel.publish("small")).offset, 1);
  });

  it("closed tells the server and can be opened anew", async () => {
    const { port } = await startServer();
    const socket = dial(port);
    const channel = socket.channel("c");
    await channel.publish(1);
    await channel.close();
    assert.equal(channel.state, "closed");
    const again = socket.channel("c");
    assert.notEqual(again, channel);
    await live(again);
    assert.equal((await again.publish(2)).offset, 2);
  });

  it("measures the round trip of its socket", async () => {
    const { port } = await startServer();
    const socket = dial(port);
    await assert.rejects(socket.roundTrip(), { code: "not_connected" });
    await until("the connection", () => socket.connected);
    const time = await socket.roundTrip();
    assert.ok(time > 0 && time < 5_000, `${time}`);
  });
});
