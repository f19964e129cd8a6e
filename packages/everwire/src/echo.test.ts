import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { type Connection, connect } from "@everwire/websocket";
import { MAX_ECHO_BYTES, startEcho } from "./echo.ts";
import { authority } from "./listen.ts";

type Echo = Awaited<ReturnType<typeof startEcho>>;
let echo: Echo;
before(async () => {
  echo = await startEcho({ host: "127.0.0.1", port: 0 });
});
after(() => echo.close());

/** Sends the messages and gives what comes back until as many came. */
async function exchange(path: string, messages: readonly (string | Buffer)[]): Promise<(string | Buffer)[]> {
  const url = `ws://${authority(echo.address)}${path}`;
  const connection: Connection = await connect(url, {
    maxPayload: MAX_ECHO_BYTES,
    maxBufferedBytes: 4 * MAX_ECHO_BYTES,
  });
  return new Promise((resolve, reject) => {
    const received: (string | Buffer)[] = [];
    connection.start({
      message: (data) => {
        received.push(data);
        if (received.length === messages.length) connection.close(1000);
      },
      close: (code, reason) => (code === 1000 ? resolve(received) : reject(new Error(`${code} ${reason}`))),
    });
    for (const message of messages) connection.send(message);
  });
}

test("text comes back as text and binary as binary, in order, at any path", async () => {
  const messages = ["", "hello", "ü😀\u0000", Buffer.alloc(0), Buffer.from([0, 255, 10]), "<b>", "last"];
  for (const path of ["/", "/any/path?x=1"]) assert.deepEqual(await exchange(path, messages), messages);
});

test("messages of 1 MiB and of the limit come back whole", async () => {
  for (const size of [1024 * 1024, MAX_ECHO_BYTES]) {
    const message = randomBytes(size);
    const [back] = await exchange("/", [message]);
    assert.ok(Buffer.isBuffer(back));
    assert.equal(digest(back), digest(message));
  }
});

test("a message over the limit ends the connection with 1009", async () => {
  await assert.rejects(exchange("/", [Buffer.alloc(MAX_ECHO_BYTES + 1)]), /^Error: 1009/);
});

test("a plain request is told to upgrade", async () => {
  const response = await fetch(`http://${authority(echo.address)}/`);
  assert.deepEqual([response.status, response.headers.get("upgrade")], [426, "websocket"]);
});

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
