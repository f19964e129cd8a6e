/** A server of socket.io 2.5 speaks an older protocol: our client says so, once, and does not go on trying. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type ClientError, io } from "@everwire/client";
import { nextEvent } from "./waiting.ts";

// The package has no types of that time.
const server2: (http: unknown) => { close(): void } = createRequire(import.meta.url)("socket.io-2");

for (const transports of [["websocket"], ["polling"], undefined] as const) {
  test(`our client over ${transports ?? "what is chosen by default"}`, async (context) => {
    const http = createServer();
    const server = server2(http);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    // Listening on a TCP port, so the address is not a path.
    const { port } = http.address() as AddressInfo;
    const socket = io(`http://127.0.0.1:${port}`, { forceNew: true, ...(transports && { transports }) });
    context.after(() => {
      socket.disconnect();
      server.close();
    });
    const [error] = await nextEvent<[ClientError]>(socket, "connect_error");
    assert.equal(error.code, "old_server");
    assert.equal(socket.active, false);
  });
}
