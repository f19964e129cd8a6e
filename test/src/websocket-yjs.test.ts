/** The Yjs server and provider, written for `ws`, unchanged except for the classes handed to them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type UpgradeCallback, WebSocket, WebSocketServer } from "@everwire/websocket";
import { docs, setupWSConnection } from "@y/websocket-server/utils";
import { WebSocket as WsWebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import { Doc } from "yjs";
import { until } from "./waiting.ts";

describe("Yjs", () => {
  let server: WebSocketServer;
  let url: string;

  before(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    // Typed for the classes of ws; ours have what it uses, which is what is tested.
    const setUp = setupWSConnection as unknown as UpgradeCallback;
    server.on("connection", (socket, request) => setUp(socket, request));
    url = `ws://127.0.0.1:${(await server.ready())?.port}`;
  });
  after(() => {
    // Documents look after their awareness by a timer, on servers for ever.
    for (const doc of docs.values()) doc.destroy();
    return server.close();
  });

  it("keeps documents of our WebSocket and that of ws in step", async () => {
    const providers = [WebSocket, WsWebSocket, WebSocket].map((polyfill) => {
      // The provider is typed for the browser's class.
      const WebSocketPolyfill = polyfill as unknown as typeof globalThis.WebSocket;
      return new WebsocketProvider(url, "room", new Doc(), { WebSocketPolyfill, disableBc: true });
    });
    await until("all are in step", () => providers.every(({ synced }) => synced));
    const texts = providers.map(({ doc }) => doc.getText("story"));
    for (const [at, text] of texts.entries()) text.insert(0, `${at}é `.repeat(2000));
    const [first] = texts;
    await until("all edits are everywhere", () =>
      texts.every((text) => text.length === 3 * 2000 * 3 && text.toString() === first?.toString()),
    );
    for (const [at, { awareness }] of providers.entries()) awareness.setLocalState({ name: at });
    await until("all see each other", () => providers.every(({ awareness }) => awareness.getStates().size === 3));
    for (const provider of providers) {
      provider.destroy();
      provider.doc.destroy();
    }
    await until("all connections are closed", () => server.clients.size === 0);
    assert.equal(first?.length, 18_000);
  });
});
