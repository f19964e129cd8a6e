import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { connect } from "../handshake/connect.ts";
import { echoServer, until } from "../raw-peer.test.ts";
import type { Connection } from "./connection.ts";
import { findRequestClass } from "./handle-write.ts";

// A file of its own, and so a process of its own, in which Node is never as expected.

type Write = typeof Socket.prototype._write;
type WriteArguments = Parameters<Write>;

const { _write } = Socket.prototype;

/** What becomes of a write to a handle that is only made up. */
let madeUp: (handle: { writeBuffer(request: unknown): number }, done: WriteArguments[2]) => void = () => {};

/** How many writes sockets were asked for by their Writable. */
let written = 0;

Socket.prototype._write = function guard(this: Socket, ...given: WriteArguments): void {
  const handle: unknown = Reflect.get(this, "_handle");
  assert.ok(typeof handle === "object" && handle !== null && "writeBuffer" in handle);
  const { writeBuffer } = handle;
  assert.ok(typeof writeBuffer === "function");
  if (handle.constructor === Object) {
    madeUp({ writeBuffer: (request) => writeBuffer.call(handle, request) }, given[2]);
    return;
  }
  written++;
  _write.apply(this, given);
};

/** In which Node has no request for a handle, or another one. */
const CHANGES = new Map<string, typeof madeUp>([
  ["a handle is not asked", (_, done) => done()],
  [
    "a write throws",
    () => {
      throw new TypeError("not a handle");
    },
  ],
  ["a request is no object", (handle) => handle.writeBuffer(undefined)],
  ["a request is of another class", (handle) => handle.writeBuffer({ getAsyncId: () => -1 })],
  ["a request does not tell whether it is kept", (handle) => handle.writeBuffer(new (class WriteWrap {})())],
]);

describe("writing where Node is not as expected", { timeout: 60_000 }, () => {
  for (const [name, change] of CHANGES) {
    it(`finds nothing to write with when ${name}`, () => {
      madeUp = change;
      assert.equal(findRequestClass(), undefined);
    });
  }

  it("goes through the Writable, and nobody notices", async () => {
    const echo = await echoServer();
    const messages: (string | Buffer)[] = [];
    const closes: number[] = [];
    const connection: Connection = await connect(`ws://127.0.0.1:${echo.port}/`);
    connection.start({ message: (data) => messages.push(data), close: (code) => closes.push(code) });
    const before = written;
    for (let at = 0; at < 20; at++) {
      connection.send(`number ${at}`);
      await until(() => messages.length === at + 1, "the echo");
    }
    assert.deepEqual(
      messages,
      Array.from({ length: 20 }, (_, at) => `number ${at}`),
    );
    assert.equal(written - before, 40, "each message is written twice, by either end");
    connection.close(1000);
    await until(() => closes.length > 0, "the close event");
    assert.deepEqual(closes, [1000]);
    await echo.close();
  });
});
