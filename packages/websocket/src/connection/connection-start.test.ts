import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { HandshakeFailure } from "../failures.ts";
import { acceptUpgrade } from "../handshake/accept.ts";
import { closeAfterTests, RawPeer, until, upgradeRequest } from "../raw-peer.test.ts";

describe("the start of a connection", () => {
  it("is its end when the peer has ended its side before", async () => {
    const http = createServer();
    closeAfterTests(() => http.close());
    await once(http.listen(0, "127.0.0.1"), "listening");
    const address = http.address();
    assert.ok(typeof address === "object" && address !== null);
    const peer = await RawPeer.dial(address.port, true);
    const upgrade = once(http, "upgrade");
    peer.write(upgradeRequest());
    peer.socket.end();
    const [request, socket, head] = await upgrade;
    await until(() => socket.readableEnded, "the peer's end");
    const connection = acceptUpgrade(request, socket, head, { heartbeat: false });
    assert.ok(!(connection instanceof HandshakeFailure));
    const closes: number[] = [];
    connection.start({ message: () => {}, close: (code) => closes.push(code) });
    assert.deepEqual(closes, [], "nobody is told within the call");
    await until(() => closes.length === 1, "the close");
    assert.deepEqual(closes, [1006]);
    assert.equal(connection.state, "closed");
  });
});
