/** The test kit with our client and with the official one: no port, a clock to advance, nothing left behind. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { io } from "@everwire/client";
import { Server } from "@everwire/server";
import { createTestPair, createTestServer } from "@everwire/server/testing";
import { io as officialIo } from "socket.io-client";

describe("a pair in memory", { timeout: 120_000 }, () => {
  it("talks both ways, over every transport that Node has", async () => {
    for (const transport of ["websocket", "polling", "sse", "streaming", "short-polling"]) {
      const { client, socket, close } = await createTestPair({ io, client: { transports: [transport] } });
      socket.on("add", (a: number, b: number, answer) => answer(a + b));
      assert.equal(await client.emitWithAck("add", 1, 2), 3, transport);
      const told = new Promise((resolve) => client.once("told", resolve));
      socket.emit("told", Buffer.from("bytes"));
      assert.deepEqual(await told, Buffer.from("bytes"));
      assert.equal(client.io.transport, transport);
      assert.equal(socket.id, client.id);
      await close();
      assert.deepEqual([client.connected, socket.connected], [false, false]);
    }
  });

  it("serves the official client too", async () => {
    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
      const { client, socket, close } = await createTestPair({ io: officialIo, client: { transports } });
      socket.on("add", (a: number, b: number, answer) => answer(a + b));
      assert.equal(await client.emitWithAck("add", 1, 2), 3, String(transports));
      await close();
    }
  });

  it("listens nowhere", async () => {
    const { server, close } = await createTestPair({ io });
    assert.equal(server.httpServer?.listening, false);
    await close();
  });

  it("has the application's namespaces, middlewares and as many clients as are wanted", async () => {
    const kit = await createTestServer({
      io,
      options: { maxRooms: 5 },
      setup(server) {
        server.of("/chat").use((socket, next) => {
          next(socket.handshake.auth.token === "let me in" ? null : new Error("no token"));
        });
        server.of("/chat").on("connection", (socket) => {
          socket.on("say", (text: string) => socket.broadcast.emit("said", text));
        });
      },
    });
    await assert.rejects(kit.connect({ namespace: "/chat" }), /no token/);
    await assert.rejects(kit.connect({ namespace: "/unknown" }), /Invalid namespace/);
    const auth = { token: "let me in" };
    const [one, two] = await Promise.all([1, 2].map(() => kit.connect({ namespace: "/chat", auth })));
    assert.ok(one !== undefined && two !== undefined && one.socket.id !== two.socket.id);
    const said = new Promise((resolve) => two.client.once("said", resolve));
    one.client.emit("say", "hello");
    assert.equal(await said, "hello");
    await kit.close();
    await kit.close();
  });

  it("takes an application's own server, and fails as that does with nothing left behind", async () => {
    const create = (http: ConstructorParameters<typeof Server>[0]): Server =>
      new Server(http, { path: "/own/" }).on("connection", (socket) => socket.emit("welcome"));
    const pair = await createTestPair({ io, create });
    assert.equal(pair.server.path(), "/own");
    await pair.close();
    await assert.rejects(createTestServer({ io, fakeTime: true, options: { maxRooms: 0 } }), {
      code: "invalid_option",
    });
    const refuse = (server: Server): unknown => server.use((_socket, next) => next(new Error("closed today")));
    await assert.rejects(createTestPair({ io, fakeTime: true, setup: refuse }), /closed today/);
    // The time of the process is free again.
    await (await createTestServer({ io, fakeTime: true })).close();
  });
});

describe("the clock", { timeout: 120_000 }, () => {
  it("drives the heartbeat, and the loss of who does not answer it", async () => {
    const pair = await createTestPair({ io: officialIo, fakeTime: true });
    let pings = 0;
    pair.client.io.on("ping", () => {
      pings += 1;
    });
    await pair.clock.advance(10 * 60_000);
    assert.ok(pings >= 22 && pings <= 24, `${pings} pings in ten minutes`);
    assert.ok(pair.client.connected);
    const reasons: string[] = [];
    pair.socket.on("disconnect", (reason) => reasons.push(reason));
    // Pongs come no more, and nobody says that the connection is lost.
    pair.client.io.engine.removeAllListeners("ping");
    Reflect.set(pair.client.io.engine, "_sendPacket", () => undefined);
    await pair.clock.advance(60_000);
    assert.deepEqual(reasons, ["ping timeout"]);
    await pair.close();
  });

  it("keeps sessions alive over every transport, and brings them back", async () => {
    for (const transport of ["websocket", "polling", "sse", "streaming", "short-polling"]) {
      const { connect, clock, network, close } = await createTestServer({ io, fakeTime: true });
      const connecting = connect({ client: { transports: [transport] } });
      // Short polling takes its answers at its own pace, the first one too.
      await clock.advance(2000);
      const { client, socket } = await connecting;
      socket.on("echo", (value: number, answer) => answer(value));
      await clock.advance(5 * 60_000);
      assert.ok(client.connected, transport);
      const answers = Promise.all([1, 2, 3].map((value) => client.emitWithAck("echo", value)));
      network.cut();
      await clock.advance(10_000);
      assert.deepEqual(await answers, [1, 2, 3], transport);
      assert.equal(client.id, socket.id, "the session is the same");
      await close();
    }
  });

  it("drives the time of acknowledgements at both ends", async () => {
    const { client, socket, clock, close } = await createTestPair({ io, fakeTime: true });
    const settled: string[] = [];
    const note = (who: string, answer: Promise<unknown>): void =>
      void answer.catch(({ code }: { code: string }) => settled.push(`${who} ${code}`));
    note("client", client.timeout(5000).emitWithAck("nobody"));
    note("server", socket.timeout(3000).emitWithAck("nobody"));
    await clock.advance(2900);
    assert.deepEqual(settled, []);
    await clock.advance(200);
    assert.deepEqual(settled, ["server ack_timed_out"]);
    await clock.advance(1900);
    assert.deepEqual(settled, ["server ack_timed_out", "client ack_timeout"]);
    await close();
  });

  it("drives the reconnection, with the network down and up again", async () => {
    const options = { randomizationFactor: 0, reconnectionDelay: 1000, reconnectionDelayMax: 4000 };
    const { client, clock, network, close } = await createTestPair({ io, fakeTime: true, client: options });
    const log: string[] = [];
    const start = clock.now;
    const note = (what: string) => (): void => void log.push(`${what} ${Math.round((clock.now - start) / 1000)}`);
    client.on("disconnect", note("lost")).on("connect", note("back"));
    client.io.on("reconnect_attempt", note("attempt"));
    network.cut({ down: true });
    await clock.advance(60_000);
    assert.match(log[0] ?? "", /^lost \d+$/);
    const attempts = log.filter((line) => line.startsWith("attempt")).map((line) => Number(line.split(" ")[1]));
    const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    assert.deepEqual(gaps.slice(0, 3), [2, 4, 4]);
    network.restore();
    await clock.advance(5000);
    assert.ok(client.connected);
    assert.match(log.at(-1) ?? "", /^back 6[0-5]$/);
    await close();
  });

  it("drives the application's own timers, and ends with the server", async () => {
    const { client, clock, close } = await createTestPair({
      io,
      fakeTime: true,
      setup: (server) => server.on("connection", (socket) => setTimeout(() => socket.emit("sold"), 30_000)),
    });
    let sold = 0;
    client.on("sold", () => {
      sold += 1;
    });
    await clock.advance(29_999);
    assert.equal(sold, 0);
    await clock.advance(1);
    assert.equal(sold, 1);
    await close();
    const real = await createTestPair({ io });
    await assert.rejects(real.clock.advance(1), /without fakeTime/);
    assert.ok(real.clock.now > 0);
    await real.close();
  });

  it("is right again in the next test, whatever the one before has left", async () => {
    for (let round = 0; round < 3; round++) {
      const real = await createTestPair({ io });
      await real.close();
      const { client, clock, network, close } = await createTestPair({ io, fakeTime: true });
      network.cut({ down: true });
      await clock.advance(120_000);
      network.restore();
      await clock.advance(10_000);
      assert.ok(client.connected, `round ${round}`);
      await close();
    }
  });
});

describe("what is left behind", { timeout: 120_000 }, () => {
  for (const fakeTime of [false, true]) {
    it(`is nothing: the process ends by itself ${fakeTime ? "in fake" : "in real"} time`, async () => {
      const script = `
        import { io } from "@everwire/client";
        import { createTestPair } from "@everwire/server/testing";
        const options = { io, fakeTime: ${fakeTime} };
        const { client, socket, network, close } = await createTestPair(options);
        socket.on("hello", (answer) => answer("hello"));
        console.log(await client.emitWithAck("hello"));
        client.timeout(60_000).emitWithAck("nobody").catch(() => undefined);
        socket.timeout(60_000).emitWithAck("nobody").catch(() => undefined);
        network.cut();
        await close();
        console.log(process.getActiveResourcesInfo().join());`;
      const args = ["--input-type=module", "--eval", script];
      const cwd = new URL("..", import.meta.url).pathname;
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
      const [said, left = ""] = stdout.split("\n");
      assert.equal(said, "hello");
      assert.doesNotMatch(left, /TCP|Timeout|Immediate/);
    });
  }
});
