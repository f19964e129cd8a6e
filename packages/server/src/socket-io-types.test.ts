import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import type { DefaultEventMap } from "@everwire/protocol";
import { defineContract, type StandardSchema } from "@everwire/protocol/contract";
import type { RemoteSocket } from "./broadcast/remote-socket.ts";
import type { Next } from "./event/middleware.ts";
import type { DefaultSocketData } from "./event/socket-data.ts";
import type { Namespace } from "./namespace/namespace.ts";
import type { ParentNamespace } from "./namespace/parent-namespace.ts";
import { Server } from "./server/server.ts";
import type { Socket } from "./socket/socket.ts";

// An application that was typed for Socket.IO: four maps in its order, and aliases of the classes over them.

interface ClientToServer {
  order: (item: string, count: number, ack: (total: number) => void) => void;
  leave: () => void;
}

interface ServerToClient {
  tick: () => void;
  quote: (item: string, price: number, chart: Uint8Array) => void;
  confirm: (question: string, ack: (yes: boolean) => void) => void;
}

interface BetweenServers {
  restock: (item: string) => void;
  stock: (item: string, ack: (count: number) => void) => void;
}

interface Buyer {
  name: string;
  age: number;
}

type ShopServer = Server<ClientToServer, ServerToClient, BetweenServers, Buyer>;
type ShopNamespace = Namespace<ClientToServer, ServerToClient, BetweenServers, Buyer>;
type ShopParent = ParentNamespace<ClientToServer, ServerToClient, BetweenServers, Buyer>;
type ShopSocket = Socket<ClientToServer, ServerToClient, BetweenServers, Buyer>;
type ShopView = RemoteSocket<ServerToClient, Buyer>;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

/** Only the compiler reads it: the calls of the functions below are never made. */
function compiled(..._functions: readonly ((...args: never[]) => unknown)[]): void {}

function shop(context: TestContext): ShopServer {
  const server = new Server<ClientToServer, ServerToClient, BetweenServers, Buyer>(createServer(), {
    log: () => undefined,
  });
  context.after(() => server.close());
  return server;
}

function welcome(socket: ShopSocket): void {
  socket.data.name = "ada";
  // @ts-expect-error: an age is a number
  socket.data.age = "36";
  // @ts-expect-error: buyers have no address
  socket.data.address = "";
  socket.on("order", (item, count, ack) => ack(item.length + count));
  // @ts-expect-error: the server sends that, clients do not
  socket.on("tick", () => undefined);
  socket.emit("quote", "tea", 3, new Uint8Array(1));
  // @ts-expect-error: a price is a number
  socket.emit("quote", "tea", "3", new Uint8Array(1));
  // @ts-expect-error: servers tell it each other, no client hears it
  socket.emit("restock", "tea");
  socket.timeout(100).emit("confirm", "sure?", (error, yes) => error === null && yes);
  socket.nsp.serverSideEmit("restock", "tea");
  // @ts-expect-error: an item is a text
  socket.nsp.serverSideEmit("restock", 1);
}

function admit(socket: ShopSocket, next: Next): void {
  socket.data.name = String(socket.handshake.auth.name);
  next();
}

async function names(place: ShopServer | ShopNamespace | ShopParent | ShopSocket["nsp"]): Promise<string[]> {
  const views: ShopView[] = await place.fetchSockets();
  for (const view of views) {
    const sure: boolean = await view.emitWithAck("confirm", "sure?");
    view.emit("tick");
    // @ts-expect-error: clients send that
    view.emit("leave");
    assert.equal(typeof sure, "boolean");
  }
  return views.map((view) => view.data.name);
}

function furnish(namespace: ShopNamespace): void {
  namespace.use(admit);
  namespace.on("connection", welcome);
  namespace.on("restock", (item) => item.toUpperCase());
  namespace.on("stock", (item, ack) => ack(item.length));
  // @ts-expect-error: an item is a text
  namespace.once("restock", (item: number) => item);
  // @ts-expect-error: servers do not tell each other that
  namespace.on("closed", () => undefined);
}

test("four maps of events and data, in Socket.IO's order, type what servers tell each other", async (context) => {
  compiled(welcome, admit, names, furnish);
  const server = shop(context);
  server.use(admit);
  server.on("connection", welcome);
  server.on("restock", (item) => item.toUpperCase());
  const main: ShopNamespace = server.sockets;
  const other: ShopNamespace = server.of("/other", welcome);
  const parent: ShopParent = server.of(/^\/shop-/, welcome);
  for (const namespace of [main, other]) furnish(namespace);
  parent.use(admit);
  parent.on("stock", (item, ack) => ack(item.length));
  // @ts-expect-error: servers do not tell each other that
  parent.on("closed", () => undefined);

  assert.equal(server.serverSideEmit("restock", "tea"), true);
  assert.equal(other.serverSideEmit("restock", "tea"), true);
  // @ts-expect-error: an item is a text
  other.serverSideEmit("restock", 1);
  // @ts-expect-error: clients are told that, servers are not
  other.serverSideEmit("tick");
  const counts: number[] = await other.serverSideEmitWithAck("stock", "tea");
  assert.deepEqual(counts, []);
  assert.deepEqual(await new Promise((resolve) => other.serverSideEmit("stock", "tea", (_, all) => resolve(all))), []);
  assert.deepEqual(await names(server), []);
  assert.deepEqual(await names(parent), []);
});

test("a namespace may have maps of its own, and those that it does not name are the server's", async (context) => {
  const server = shop(context);
  const plain = server.of<{ hello: (name: string) => void }>("/plain");
  plain.on("connection", (socket) => socket.on("hello", (name) => name.length + socket.data.age));
  const keyed = server.of<ClientToServer, ServerToClient, DefaultEventMap, { key: symbol }>("/keyed");
  keyed.use((socket, next) => {
    socket.data.key = Symbol("own");
    next();
  });
  assert.equal(keyed.serverSideEmit("whatever", 1), true);
  // The annotation alone says it, as in applications that were written for Socket.IO.
  const noted: Namespace<ServerToClient, ClientToServer, BetweenServers, { key: symbol }> = server.of("/noted");
  noted.on("connection", (socket) => socket.on("tick", () => socket.emit("leave")));
  assert.deepEqual(await keyed.fetchSockets(), []);
});

test("a contract takes the place of two maps and leaves the others", async (context) => {
  const text: StandardSchema<string> = {
    "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: String(value) }) },
  };
  const contract = defineContract({ clientToServer: { say: { args: [text] } }, serverToClient: { said: [text] } });
  const server = shop(context);
  const chat = server.of("/chat").contract(contract);
  chat.on("connection", (socket) => {
    const { name }: Buyer = socket.data;
    socket.on("say", (words) => chat.emit("said", `${name}: ${words.trim()}`));
    // @ts-expect-error: not in the contract
    socket.on("order", () => undefined);
  });
  const counts: number[] = await chat.serverSideEmitWithAck("stock", "tea");
  assert.deepEqual(counts, []);
  const rooms = server.of(/^\/chat-/).contract(contract);
  rooms.on("stock", (item, ack) => ack(item.length));
  assert.deepEqual(
    (await rooms.fetchSockets()).map((view) => view.data.age),
    [],
  );
});

test("without maps, and with some of them, the defaults are Socket.IO's", () => {
  type Untyped = [DefaultEventMap, DefaultEventMap, DefaultEventMap, DefaultSocketData];
  holds<Equal<Server, Server<Untyped[0], Untyped[1], Untyped[2], Untyped[3]>>>();
  holds<Equal<Namespace, Namespace<Untyped[0], Untyped[1], Untyped[2], Untyped[3]>>>();
  holds<Equal<ParentNamespace, ParentNamespace<Untyped[0], Untyped[1], Untyped[2], Untyped[3]>>>();
  holds<Equal<Socket, Socket<Untyped[0], Untyped[1], Untyped[2], Untyped[3]>>>();
  holds<Equal<Socket<ClientToServer>, Socket<ClientToServer, ClientToServer, DefaultEventMap, DefaultSocketData>>>();
  holds<Equal<ShopSocket["data"], Buyer>>();
  holds<Equal<Awaited<ReturnType<ShopServer["fetchSockets"]>>, ShopView[]>>();
  // `any`, as nothing else does, both takes a number and gives a text.
  compiled((socket: Socket): string => {
    socket.data.visits = 1;
    return socket.data.user.name;
  });
});

test("code that is not typed takes servers and sockets that are", (context) => {
  const untyped = (server: Server): Server => server.on("connection", (socket) => socket.join("all"));
  assert.ok(untyped(shop(context)) instanceof Server);
  compiled((socket: ShopSocket): Socket => socket);
  compiled((namespace: ShopNamespace): Namespace => namespace);
});
