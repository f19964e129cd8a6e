/** `https-proxy-agent`, as people use it to dial through a proxy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, it } from "node:test";
import { WebSocket } from "@everwire/websocket";
import { HttpsProxyAgent } from "https-proxy-agent";
import { exerciseEcho, startEchoApp } from "./echo-app.ts";

describe("a proxy that makes tunnels", () => {
  it("carries a WebSocket dialled with its agent", async () => {
    const app = await startEchoApp();
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket, head) => {
      tunnels.push(request.url);
      const { hostname, port } = new URL(`http://${request.url}`);
      const upstream = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    // After `listening` a TCP server has an address of this form.
    const { port } = proxy.address() as AddressInfo;
    const agent = new HttpsProxyAgent(`http://127.0.0.1:${port}`);
    const socket = await WebSocket.connect(`ws://127.0.0.1:${app.port}/`, { agent });
    await exerciseEcho(socket);
    assert.deepEqual(tunnels, [`127.0.0.1:${app.port}`]);
    await app.close();
    proxy.close();
  });
});
