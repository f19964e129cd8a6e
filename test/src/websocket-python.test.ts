/** Debian's python3-websockets as client of our server and as server for our client, compression on at both ends. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { WebSocket } from "@everwire/websocket";
import { exerciseEcho, startEchoApp, startPeerServer } from "./echo-app.ts";

const script = (name: string): string => new URL(`../python/${name}`, import.meta.url).pathname;

describe("python3-websockets", () => {
  it("is served", async () => {
    const app = await startEchoApp();
    const url = `ws://127.0.0.1:${app.port}/`;
    const args = [script("websockets_client.py"), url];
    const { stdout } = await promisify(execFile)("/usr/bin/python3", args, { timeout: 30_000 });
    assert.deepEqual(JSON.parse(stdout), {
      subprotocol: "echo",
      extensions: ["permessage-deflate"],
      echoed: [true, true, true, true, true, true],
      fragments: "fragments é",
      ponged: true,
      close: [1000, ""],
      closed: [4321, "as you wish"],
    });
    await app.close();
  });

  for (const perMessageDeflate of [false, true]) {
    it(`serves us ${perMessageDeflate ? "with" : "without"} compression`, async () => {
      const peer = await startPeerServer("/usr/bin/python3", [script("websockets_server.py")]);
      const protocols = ["other", "echo"];
      const socket = await WebSocket.connect(`ws://127.0.0.1:${peer.port}/`, { protocols, perMessageDeflate });
      assert.equal(socket.protocol, "echo");
      assert.equal(socket.extensions.startsWith("permessage-deflate"), perMessageDeflate);
      socket.send("ping me");
      assert.equal((await socket.receive({ deadline: 10_000 })).data, "you are there");
      await exerciseEcho(socket);
      peer.stop();
    });
  }
});
