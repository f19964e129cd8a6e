import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { StartError } from "./failures.ts";
import { listen } from "./listen.ts";

test("port 0 gives the real port; a port in use is a row that says so", async () => {
  const first = createServer();
  const second = createServer();
  try {
    const address = await listen(first, { host: "127.0.0.1", port: 0 });
    assert.ok(address.port > 0);
    await assert.rejects(
      listen(second, address),
      (error) =>
        error instanceof StartError &&
        error.failure.code === "port_taken" &&
        error.message.includes(`:${address.port}`),
    );
  } finally {
    first.close();
  }
});

test("an address of another machine is refused", async () => {
  const server = createServer();
  await assert.rejects(
    listen(server, { host: "192.0.2.1", port: 0 }),
    (error) => error instanceof StartError && error.failure.code === "host_unknown",
  );
});
