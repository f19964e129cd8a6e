import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import { type Middleware, type MiddlewareResult, type Next, runMiddleware } from "./middleware.ts";

const notLate = (error: unknown): void => assert.fail(String(error));

function run(chain: readonly Middleware<string>[]): Promise<MiddlewareResult> {
  return within(new Promise((resolve) => runMiddleware(chain, "subject", resolve, notLate)), "the end of the chain");
}

test("functions run in order, with promises or without", async () => {
  const order: number[] = [];
  const result = await run([
    (_, next) => {
      order.push(1);
      next();
    },
    async (_, next) => {
      await Promise.resolve();
      order.push(2);
      next();
    },
    (_, next) => {
      order.push(3);
      setImmediate(next);
    },
  ]);
  assert.deepEqual(result, { outcome: "passed" });
  assert.deepEqual(order, [1, 2, 3]);
});

test("an error ends the chain, and so does a throw or a rejection", async () => {
  const error = new Error("no");
  const never: Middleware<string> = () => assert.fail("went on after an error");
  assert.deepEqual(await run([(_, next) => next(error), never]), { outcome: "refused", error });
  const broken = { outcome: "broken", error };
  assert.deepEqual(
    await run([
      () => {
        throw error;
      },
      never,
    ]),
    broken,
  );
  assert.deepEqual(await run([() => Promise.reject(error), never]), broken);
});

test("each next counts once, and nothing counts after the end", () => {
  const kept: Next[] = [];
  const results: MiddlewareResult[] = [];
  let seconds = 0;
  const keep: Middleware<string> = (_, next) => kept.push(next);
  const count: Middleware<string> = (_, next) => {
    seconds += 1;
    next();
  };
  runMiddleware([keep, count], "subject", (result) => results.push(result), notLate);
  const [next] = kept;
  assert.ok(next !== undefined);
  next();
  next();
  next(new Error("too late"));
  assert.equal(seconds, 1);
  assert.deepEqual(results, [{ outcome: "passed" }]);
});

test("what a function throws after the end is not lost", async () => {
  const late: unknown[] = [];
  const throws: Middleware<string> = (_, next) => {
    next();
    throw new Error("thrown");
  };
  const rejects: Middleware<string> = async (_, next) => {
    next();
    await Promise.resolve();
    throw new Error("rejected");
  };
  const results: MiddlewareResult[] = [];
  runMiddleware(
    [rejects, throws],
    "subject",
    (result) => results.push(result),
    (error) => late.push(error),
  );
  await until(() => late.length === 2, "both errors");
  assert.deepEqual(results, [{ outcome: "passed" }]);
  assert.deepEqual(late.map(String), ["Error: thrown", "Error: rejected"]);
});

test("a refusal that is no Error is an answer too", async (context) => {
  const { server, open } = await rig(context);
  const reasons: unknown[] = ["no", { message: 7, data: 8 }];
  // What an application without types may do.
  server.use((_, next) => Reflect.apply(next, undefined, [reasons.shift()]));
  const client = await open();
  await client.send("0");
  assert.equal(await client.take(), '4{"message":"no"}');
  await client.send("0");
  assert.equal(await client.take(), '4{"message":"Internal error","data":8}');
});

test("a refused client gets the message and the data", async (context) => {
  const { server, open } = await rig(context);
  server.use((socket, next) => {
    if (socket.handshake.auth.token === "right") next();
    else next(Object.assign(new Error("not you"), { data: { code: "token_wrong" } }));
  });
  const client = await open();
  await client.send('0{"token":"wrong"}');
  assert.equal(await client.take(), '4{"message":"not you","data":{"code":"token_wrong"}}');
  assert.equal(server.sockets.sockets.size, 0);
  await client.connect("/", { token: "right" });
  assert.equal(server.sockets.sockets.size, 1);
});

test("data that cannot be encoded is left out of a refusal", async (context) => {
  const { server, open } = await rig(context);
  server.use((_, next) => next(Object.assign(new Error("no"), { data: 1n })));
  const client = await open();
  await client.send("0");
  assert.equal(await client.take(), '4{"message":"no"}');
});

test("what a middleware throws is reported and not shown", async (context) => {
  const { server, open } = await rig(context);
  const failures: unknown[] = [];
  server.on("handler_error", ({ error }) => failures.push(error));
  const secret = new Error("the database password is wrong");
  server.use(async () => {
    throw secret;
  });
  const client = await open();
  await client.send("0");
  assert.equal(await client.take(), '4{"message":"Internal error"}');
  assert.deepEqual(failures, [secret]);
});

test("a middleware that never answers is bounded by connectTimeout", async (context) => {
  const { server, join } = await rig(context, { connectTimeout: 40 });
  let late: Next | undefined;
  server.of("/slow").use((socket, next) => {
    socket.join("room");
    late = next;
  });
  const client = await join();
  await client.send("0/slow,");
  assert.equal(await client.take(), '4/slow,{"message":"Connect timed out"}');
  late?.();
  assert.equal(server.of("/slow").sockets.size, 0);
  assert.equal(server.of("/slow").rooms.size, 0);
});

test("rooms joined in a middleware count from the connection on", async (context) => {
  const { server, join } = await rig(context);
  server.use((socket, next) => {
    socket.join("early");
    server.to("early").emit("too early");
    next();
  });
  const client = await join();
  server.to("early").emit("hello");
  assert.equal(await client.take(), '2["hello"]');
});

test("a client that leaves while the middleware runs is forgotten", async (context) => {
  const { server, open } = await rig(context);
  const waiting: Next[] = [];
  server.use((_, next) => {
    waiting.push(next);
  });
  const client = await open();
  await client.send("0");
  await until(() => waiting.length === 1, "the middleware");
  await client.send("1");
  waiting[0]?.();
  assert.equal(server.sockets.sockets.size, 0);
  await client.send("0");
  await until(() => waiting.length === 2, "the second attempt");
  waiting[1]?.();
  assert.equal((await client.packet())[0], "0");
});

test("packet middlewares see events first and may refuse them", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  const log: unknown[] = [];
  socket.use(([name], next) => next(name === "bad" ? new Error("refused") : undefined));
  socket.onAny((name) => log.push(["any", name]));
  socket.on("error", (error) => log.push(["error", error.message]));
  socket.on("bad", () => log.push("bad")).on("good", () => log.push("good"));
  await client.send('2["bad"]', '2["good"]');
  await until(() => log.length === 4, "both events");
  assert.deepEqual(log, [["any", "bad"], ["error", "refused"], ["any", "good"], "good"]);
});
