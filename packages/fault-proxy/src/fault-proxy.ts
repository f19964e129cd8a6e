import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { FaultLog, type LogEntry } from "./fault-log.ts";
import { type FaultPlan, planFaults } from "./fault-plan.ts";
import type { CutHow, FaultName, Faults } from "./faults.ts";
import { Fields } from "./fields.ts";
import { type CutSide, end, ProxiedConnection, type Surroundings } from "./proxied-connection.ts";
import { checkTarget, type Target } from "./target.ts";

export interface FaultProxyOptions extends Faults {
  /** The server behind it. Connected to once for each client that comes. */
  readonly target: Target;
  /** Where it listens; 127.0.0.1 and any free port. */
  readonly listen?: Partial<Target>;
  /** `http` (the default) parses HTTP/1.1 and pipes what is none; `tcp` never parses, so only the faults of TCP apply. */
  readonly protocol?: "http" | "tcp";
  /** Of everything random; a random one, to be found in `seed` and in the log. A 32-bit integer. */
  readonly seed?: number;
  /** Called with each entry of the log as it is made. */
  readonly onLog?: (entry: LogEntry) => void;
}

/** One connection as it stands now. */
export interface ConnectionView {
  /** From 1, in the order they came. */
  readonly id: number;
  /** The latest request line; undefined while there was none. */
  readonly request: string | undefined;
  readonly requests: number;
  readonly upgraded: boolean;
  /** Forwarded each way. */
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  /** Milliseconds since it was accepted. */
  readonly age: number;
}

export interface CutOptions {
  /** Which connections: all of them, one by its number, or those that are picked. */
  readonly which?: number | ((connection: ConnectionView) => boolean);
  /** Which of the two peers is told; `both`. The other side of a connection cut on one side stays open and silent. */
  readonly side?: CutSide;
  readonly how: CutHow;
}

/** A TCP proxy that misbehaves on purpose. */
export class FaultProxy {
  readonly seed: number;
  readonly target: Target;
  readonly protocol: "http" | "tcp";
  #plan: FaultPlan;
  readonly #log: FaultLog;
  readonly #server: Server;
  /** Connections that are proxied. */
  readonly #connections = new Map<number, ProxiedConnection>();
  /** Clients that were taken and refused; with `hang` they wait here. */
  readonly #hanging = new Set<Socket>();
  #count = 0;
  #closed: Promise<void> | undefined;

  private constructor(options: FaultProxyOptions) {
    const { target, listen: _listen, protocol = "http", seed = randomInt(2 ** 32), onLog, ...faults } = options;
    this.target = checkTarget(target);
    this.protocol = protocol;
    this.seed = new Fields("seed", seed, "seed").integer("seed", { max: 2 ** 32 - 1 });
    this.#plan = planFaults(faults);
    this.#log = new FaultLog(onLog);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @throws FaultOptionError for faults that make no sense, and what `listen` throws, such as EADDRINUSE */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
    await once(proxy.#server, "listening");
    // Running out of descriptors is reported here; the proxy goes on with those it has.
    proxy.#server.on("error", (error) => proxy.#log.add(0, "error", error.message));
    proxy.#log.add(0, "start", `${proxy.url} to ${proxy.target.host}:${proxy.target.port}, seed ${proxy.seed}`);
    return proxy;
  }

  get host(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  /** Of its HTTP side, without a slash at the end. */
  get url(): string {
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    return `http://${host}:${this.port}`;
  }

  /** The open connections, as they stand now. */
  get connections(): readonly ConnectionView[] {
    return [...this.#connections.values()].map(view);
  }

  /** What it did, oldest first; the newest 10 000 entries. */
  get log(): readonly LogEntry[] {
    return this.#log.entries;
  }

  /**
   * These faults, and only these, from now on: `set({})` heals the network. Open connections follow: faults of TCP at
   * once, those of HTTP from their next message. What a black hole has swallowed stays lost.
   */
  set(faults: Faults): void {
    this.#plan = planFaults(faults);
    this.#log.add(0, "set", Object.keys(faults).join(", ") || "no faults");
    for (const connection of this.#connections.values()) connection.refresh();
  }

  /** Cuts open connections now; returns how many. */
  cut(options: CutOptions): number {
    const { which, side = "both", how } = options;
    const chosen = [...this.#connections.values()].filter((connection) =>
      typeof which === "function" ? which(view(connection)) : which === undefined || which === connection.id,
    );
    for (const connection of chosen) {
      this.#log.add(connection.id, "cut", `${side}, ${how}`);
      connection.cut(side, how);
    }
    return chosen.length;
  }

  /** Stops listening and ends all connections. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const connection of this.#connections.values()) connection.destroy();
      for (const socket of this.#hanging) socket.destroy();
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return address;
  }

  #accept(client: Socket): void {
    const id = ++this.#count;
    this.#log.add(id, "open", `from ${client.remoteAddress}:${client.remotePort}`);
    const { rejectConnections, dropEvery } = this.#plan;
    const isDropped = dropEvery !== undefined && id % dropEvery === 0;
    if (rejectConnections !== undefined) this.#reject(id, client, "rejectConnections", rejectConnections);
    else if (isDropped) this.#reject(id, client, "dropEvery", "rst");
    else this.#connect(id, client);
  }

  #connect(id: number, client: Socket): void {
    const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(id, client, server, this.#surroundings(), () => {
      this.#connections.delete(id);
      const { toServer, toClient } = connection;
      this.#log.add(id, "close", `${toServer.bytes} bytes to the server, ${toClient.bytes} to the client`);
    });
    this.#connections.set(id, connection);
  }

  #reject(id: number, client: Socket, fault: FaultName, how: "rst" | "fin" | "hang"): void {
    this.#log.add(id, "fault", how, fault);
    this.#hanging.add(client);
    client.on("error", () => {});
    client.on("end", () => client.end()).on("close", () => this.#hanging.delete(client));
    client.resume();
    if (how !== "hang") end(client, how);
  }

  /** What its connections see; the plan as it is whenever they look. */
  #surroundings(): Surroundings {
    const plan = (): FaultPlan => this.#plan;
    const { seed, target, protocol } = this;
    return {
      seed,
      target,
      protocol,
      log: this.#log,
      get plan() {
        return plan();
      },
    };
  }
}

function view(connection: ProxiedConnection): ConnectionView {
  return {
    id: connection.id,
    request: connection.requestLine,
    requests: connection.requests,
    upgraded: connection.upgraded,
    bytesToServer: connection.toServer.bytes,
    bytesToClient: connection.toClient.bytes,
    age: Math.round(performance.now() - connection.opened),
  };
}
