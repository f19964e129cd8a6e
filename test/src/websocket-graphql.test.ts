/** `graphql-ws`, written for `ws`, unchanged except for the classes handed to it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "@everwire/websocket";
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { WebSocket as WsWebSocket } from "ws";
import { until } from "./waiting.ts";

const MANY = 300;

async function* count(_: unknown, { to }: { to: number }): AsyncGenerator<{ count: number }> {
  for (let at = 1; at <= to; at++) yield { count: at };
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString, resolve: () => "wörld" } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { count: { type: GraphQLInt, args: { to: { type: GraphQLInt } }, subscribe: count } },
  }),
});

async function all(client: Client, query: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const { data } of client.iterate({ query })) results.push(data);
  return results;
}

describe("graphql-ws", () => {
  let server: WebSocketServer;
  let url: string;
  let dispose: () => void | Promise<void>;

  before(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    // It is typed for the classes of ws; ours have what it uses, which is what is tested.
    const forWs = server as unknown as Parameters<typeof useServer>[1];
    ({ dispose } = useServer({ schema }, forWs, 20));
    url = `ws://127.0.0.1:${(await server.ready())?.port}/graphql`;
  });
  after(async () => {
    await dispose();
    await server.close();
  });

  for (const [name, webSocketImpl] of [
    ["our WebSocket", WebSocket],
    ["the WebSocket of ws", WsWebSocket],
  ] as const) {
    it(`answers queries and subscriptions of ${name}`, async () => {
      const client = createClient({ url, webSocketImpl, retryAttempts: 0 });
      assert.deepEqual(await all(client, "{ hello }"), [{ hello: "wörld" }]);
      const numbers = await all(client, `subscription { count(to: ${MANY}) }`);
      assert.deepEqual(
        numbers,
        Array.from({ length: MANY }, (_, at) => ({ count: at + 1 })),
      );
      await client.dispose();
      await until("the connection is closed", () => server.clients.size === 0);
    });
  }

  it("closes a connection that does not speak its protocol with the code it means", async () => {
    const socket = new WebSocket(url, "something-else");
    const { code } = await socket.closed;
    assert.equal(code, 4406);
  });
});
