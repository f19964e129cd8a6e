/** Debian's python3-socketio client against our server, over both transports. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { type PeerApp, startPeerApp } from "./peer-app.ts";

const script = new URL("../python/client.py", import.meta.url).pathname;

describe("python3-socketio", () => {
  let app: PeerApp;
  before(async () => {
    app = await startPeerApp();
  });
  after(() => app.close());

  for (const transport of ["websocket", "polling"]) {
    it(`speaks events, acknowledgements with binary and a namespace over ${transport}`, async () => {
      const python = await promisify(execFile)("/usr/bin/python3", [script, app.url, transport], { timeout: 30_000 });
      assert.deepEqual(JSON.parse(python.stdout), {
        transport,
        echoed: ["é€😀", { n: 1 }],
        acknowledged: ["text", [0, 255]],
        answered: ["really!", [1, 2, 3, 4]],
        welcome: { auth: { who: "python" }, namespace: "/custom" },
        sum: 5,
      });
    });
  }
});
