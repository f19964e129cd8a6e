import { createServer, type Server as HttpServer } from "node:http";
import type { ServerOptions } from "../runtime/server-options.ts";
import { Server } from "../server/server.ts";
import type { Socket } from "../socket/socket.ts";
import { FakeClock, type TestClock } from "./fake-clock.ts";
import { processTime, useFakeTime } from "./fake-time.ts";
import { MemoryNetwork } from "./memory-network.ts";

/** A host that exists nowhere: whatever reaches for it without the agent finds nothing. */
const ADDRESS = "http://everwire.invalid";

/** As much of a client's socket as is used here. */
export interface TestClient {
  readonly id?: string | undefined;
  readonly connected: boolean;
  once(event: "connect", listener: () => void): unknown;
  once(event: "connect_error", listener: (error: Error) => void): unknown;
  disconnect(): unknown;
}

/** `io` of a client library: of `@everwire/client` or of `socket.io-client`. */
export type OpenClient<Client extends TestClient> = (address: string, options: object) => Client;

export interface TestServerOptions<Client extends TestClient> extends ServerSetup {
  /** What clients are made with. Its options must know `agent`, as those of all clients for Node do. */
  readonly io: OpenClient<Client>;
  /**
   * Makes time stand still until `clock.advance`, for everything in this process that looks up `setTimeout`, `setInterval`
   * and `performance.now` as globals. Default false.
   */
  readonly fakeTime?: boolean;
}

interface ServerSetup {
  /** Options of the server. */
  readonly options?: Partial<ServerOptions>;
  /** Adds the application's listeners before anybody connects. */
  readonly setup?: (server: Server) => unknown;
  /** Makes the server, for an application that makes its own; `options` and `setup` are not used then. */
  readonly create?: (http: HttpServer) => Server | Promise<Server>;
}

export interface TestConnectOptions {
  /** Default "/". */
  readonly namespace?: string;
  readonly auth?: object;
  /** More options of the client, its transports perhaps: by default WebSocket alone. */
  readonly client?: object;
}

/** A client, and the server's socket for it. */
export interface Connected<Client extends TestClient> {
  readonly client: Client;
  readonly socket: Socket;
}

/** A server that clients in the same process reach through memory. */
export interface TestServer<Client extends TestClient> {
  readonly server: Server;
  readonly clock: TestClock;
  readonly network: Pick<MemoryNetwork, "agent" | "cut" | "restore" | "quiet">;
  /** Connects one more client. Rejects with the error that it was refused with. */
  connect(options?: TestConnectOptions): Promise<Connected<Client>>;
  /** Disconnects everybody, closes the server and gives time back. Leaves nothing that keeps the process alive. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const REAL_TIME: TestClock = {
  get now() {
    return performance.now();
  },
  advance: () => Promise.reject(new TypeError("the server was made without fakeTime")),
};

/** A server without a port, and without clients yet. */
export async function createTestServer<Client extends TestClient>(
  wanted: TestServerOptions<Client>,
): Promise<TestServer<Client>> {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const network = new MemoryNetwork(http);
  const clock = wanted.fakeTime === true ? new FakeClock(processTime(), () => network.quiet()) : undefined;
  const giveBack = clock === undefined ? undefined : useFakeTime(clock);
  const clients = new Set<TestClient>();
  const close = async (server?: Server): Promise<void> => {
    for (const client of clients) client.disconnect();
    try {
      if (server !== undefined) await closeServer(server, clock);
    } finally {
      network.cut({ down: true });
      await network.quiet();
      network.agent.destroy();
      giveBack?.();
    }
  };
  try {
    const server = await makeServer(wanted, http);
    let closing: Promise<void> | undefined;
    const closeOnce = (): Promise<void> => {
      closing ??= close(server);
      return closing;
    };
    return {
      server,
      network,
      clock: clock ?? REAL_TIME,
      connect: (options = {}) => connect(wanted.io, { server, network, clients }, options),
      close: closeOnce,
      [Symbol.asyncDispose]: closeOnce,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Milliseconds that go on at once while a server in fake time closes. */
const CLOSING_STEP = 50;

/** A server has times for its farewells, and they pass here too. */
async function closeServer(server: Server, clock: FakeClock | undefined): Promise<void> {
  const closing = { done: false };
  const closed = server.close().finally(() => {
    closing.done = true;
  });
  while (clock !== undefined && !closing.done) await clock.advance(CLOSING_STEP);
  await closed;
}

async function makeServer({ create, options, setup }: ServerSetup, http: HttpServer): Promise<Server> {
  if (create !== undefined) return create(http);
  const server = new Server(http, options);
  await setup?.(server);
  return server;
}

interface Place {
  readonly server: Server;
  readonly network: MemoryNetwork;
  readonly clients: Set<TestClient>;
}

async function connect<Client extends TestClient>(
  io: OpenClient<Client>,
  { server, network, clients }: Place,
  { namespace = "/", auth, client: more }: TestConnectOptions,
): Promise<Connected<Client>> {
  const client = io(`${ADDRESS}${namespace}`, {
    agent: network.agent,
    forceNew: true,
    path: `${server.path()}/`,
    transports: ["websocket"],
    ...(auth !== undefined && { auth }),
    ...more,
  });
  clients.add(client);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("connect", resolve);
      client.once("connect_error", reject);
    });
    const socket = server.of(namespace).sockets.get(client.id ?? "");
    if (socket === undefined) throw new Error(`the server has no socket ${client.id} in ${namespace}`);
    return { client, socket };
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
