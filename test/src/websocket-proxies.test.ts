/** A server of ours behind Debian's nginx, haproxy and Apache, over ws: and wss:. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "@everwire/websocket";
import { identity } from "./certificate.ts";
import { type EchoApp, exerciseEcho, startEchoApp } from "./echo-app.ts";
import { apache } from "./proxies/apache.ts";
import { haproxy, haproxyHttp2 } from "./proxies/haproxy.ts";
import { nginx } from "./proxies/nginx.ts";
import { type RunningProxy, startProxy } from "./proxies/proxy.ts";

function urls(proxy: RunningProxy): Record<"ws" | "wss", string> {
  return { ws: `ws://127.0.0.1:${proxy.plain}/path?a=b`, wss: `wss://127.0.0.1:${proxy.tls}/path?a=b` };
}

for (const [name, kind] of Object.entries({ nginx, haproxy, apache })) {
  describe(`behind ${name}`, () => {
    let app: EchoApp;
    let proxy: RunningProxy;
    before(async () => {
      app = await startEchoApp();
      proxy = await startProxy(kind, app.port, identity);
    });
    after(async () => {
      await proxy.stop();
      await app.close();
    });

    for (const scheme of ["ws", "wss"] as const) {
      it(`messages and close codes pass over ${scheme}:`, async () => {
        const accepted = once(app.server, "connection");
        const socket = await WebSocket.connect(urls(proxy)[scheme], {
          ca: identity.certificate,
          protocols: ["echo"],
          perMessageDeflate: true,
        });
        assert.equal(socket.protocol, "echo");
        assert.equal((await accepted)[1].url, "/path?a=b");
        await exerciseEcho(socket);
      });
    }

    it("the end of one side is the end of the other", async () => {
      const accepted = once(app.server, "connection");
      const socket = await WebSocket.connect(urls(proxy).ws);
      const [other] = await accepted;
      const closed = once(other, "close");
      socket.terminate();
      assert.equal((await closed)[0], 1006);
    });
  });
}

describe("behind haproxy that speaks HTTP/2 to us", () => {
  it("messages pass by extended CONNECT", async () => {
    const http = createHttp2Server();
    const server = new WebSocketServer({ server: http, maxPayload: 4 * 1024 * 1024 });
    const versions: string[] = [];
    server.on("connection", (socket, request) => {
      versions.push(request.httpVersion);
      socket.on("message", (data, isBinary) => {
        if (String(data) === "close me") socket.close(4321, "as you wish");
        else socket.send(data, { binary: isBinary });
      });
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    // After `listening` a TCP server has an address of this form.
    const proxy = await startProxy(haproxyHttp2, (http.address() as AddressInfo).port, identity);
    for (const url of Object.values(urls(proxy))) {
      await exerciseEcho(await WebSocket.connect(url, { ca: identity.certificate }));
    }
    assert.deepEqual(versions, ["2.0", "2.0"]);
    await server.close();
    await proxy.stop();
    http.close();
  });
});
