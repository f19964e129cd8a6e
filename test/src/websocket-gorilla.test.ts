/** gorilla/websocket, from Debian, as client of our server and as server for our client. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { WebSocket } from "@everwire/websocket";
import { exerciseEcho, startEchoApp, startPeerServer } from "./echo-app.ts";

const run = promisify(execFile);
const source = new URL("../go/peer.go", import.meta.url).pathname;

describe("gorilla/websocket", () => {
  let folder: string;
  let program: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "everwire-go-"));
    program = join(folder, "peer");
    // Debian's Go libraries lie in a GOPATH; nothing is fetched.
    const env = { ...process.env, GOPATH: "/usr/share/gocode", GO111MODULE: "off", GOFLAGS: "", CGO_ENABLED: "0" };
    await run("go", ["build", "-o", program, source], { env, timeout: 120_000 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is served", async () => {
    const app = await startEchoApp();
    const { stdout } = await run(program, ["client", `ws://127.0.0.1:${app.port}/`], { timeout: 30_000 });
    const { extensions, ...seen } = JSON.parse(stdout);
    assert.match(extensions, /^permessage-deflate/);
    assert.deepEqual(seen, {
      subprotocol: "echo",
      echoed: [true, true, true, true, true, true],
      ponged: "alive",
      closed: ["4321", "as you wish"],
    });
    await app.close();
  });

  for (const perMessageDeflate of [false, true]) {
    it(`serves us ${perMessageDeflate ? "with" : "without"} compression`, async () => {
      const peer = await startPeerServer(program, ["server"]);
      const protocols = ["other", "echo"];
      const socket = await WebSocket.connect(`ws://127.0.0.1:${peer.port}/`, { protocols, perMessageDeflate });
      assert.equal(socket.protocol, "echo");
      assert.equal(socket.extensions.startsWith("permessage-deflate"), perMessageDeflate);
      await exerciseEcho(socket);
      peer.stop();
    });
  }
});
