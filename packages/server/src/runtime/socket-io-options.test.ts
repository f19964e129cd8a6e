import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../server/server.ts";
import { rig, within } from "../wire-client.test.ts";
import { resolveServerOptions } from "./server-options.ts";

const words = (options: object): unknown => {
  const { log: _log, ...listener } = resolveServerOptions(options).listener;
  return listener;
};

const SAME: readonly (readonly [given: object, words: object])[] = [
  [{ maxHttpBufferSize: 1e6 }, { maxPayload: 1e6 }],
  [{ cors: { origin: "https://a.example" } }, { origins: ["https://a.example"], cors: {} }],
  [
    { cors: { origin: ["https://a.example", "https://*.b.example"], credentials: true, methods: ["GET", "POST"] } },
    { origins: ["https://a.example", "https://*.b.example"], cors: { credentials: true } },
  ],
  [{ cors: { origin: "*" } }, { origins: "*", cors: {} }],
  [{ cors: { origin: true } }, { origins: "*", cors: {} }],
  [{ cors: { origin: false } }, { origins: "same-origin", cors: {} }],
  [{ cors: { origin: ["https://a.example", "*"] } }, { origins: "*", cors: {} }],
  [{ cors: { allowedHeaders: "x-a, x-b" } }, { cors: { allowedHeaders: ["x-a", "x-b"] } }],
  [{ cors: { allowedHeaders: ["x-a"], maxAge: 5 } }, { cors: { allowedHeaders: ["x-a"], maxAge: 5 } }],
  [{ addTrailingSlash: false, perMessageDeflate: false, httpCompression: false, destroyUpgrade: true }, {}],
  [
    { pingInterval: 5, allowEIO3: true },
    { pingInterval: 5, allowEIO3: true },
  ],
];

for (const [given, expected] of SAME) {
  test(`Socket.IO's names mean the same: ${JSON.stringify(given)}`, () => assert.deepEqual(words(given), expected));
}

const REFUSED: readonly (readonly [what: string, given: object, message: RegExp])[] = [
  ["compression", { perMessageDeflate: true }, /perMessageDeflate/],
  ["compression by options", { httpCompression: { threshold: 1 } }, /httpCompression/],
  ["an expression", { cors: { origin: /example/ } }, /cors\.origin is a list/],
  ["a function", { cors: { origin: () => true } }, /cors\.origin is a list/],
  ["a delegate", { cors: () => ({}) }, /cors is an object/],
  ["one thing by two names", { maxPayload: 5, maxHttpBufferSize: 6 }, /said twice/],
  ["two origins by two names", { origins: "*", cors: { origin: "https://a.example" } }, /said twice/],
  ["an upgrade that stays", { destroyUpgrade: false }, /destroyUpgrade/],
];

for (const [what, given, message] of REFUSED) {
  test(`what has no words here is an error and not passed over: ${what}`, () => {
    assert.throws(() => resolveServerOptions(given), { code: "invalid_option", message });
  });
}

test("every page with the cookies of its visitor is refused, by these names too", async (context) => {
  await assert.rejects(rig(context, { cors: { origin: "*", credentials: true } }), TypeError);
});

test("a port may be a text; options belong to the constructor", async () => {
  const server = new Server("0");
  for (const port of ["", "http", "70000000", "-1"])
    assert.throws(() => server.listen(port), { code: "invalid_option" });
  // What an application without types does.
  assert.throws(() => Reflect.apply(server.listen, server, [0, { cors: {} }]), { code: "invalid_option" });
  const { httpServer } = server;
  assert.ok(httpServer !== undefined);
  await within(new Promise((resolve) => httpServer.once("listening", resolve)), "listening");
  await server.close();
});
