import { Agent, type Server as HttpServer } from "node:http";
import type { Duplex } from "node:stream";
import { MemorySocket, type Traffic } from "./memory-socket.ts";

const soon = setImmediate;

/** Turns of the event loop without a byte under way after which nothing more is to be expected. */
const QUIET_TURNS = 8;

/** Connections between an HTTP server that does not listen and the clients that use its agent. */
export class MemoryNetwork implements Traffic {
  /** For the option `agent` of a client: whatever it dials ends up at the server. */
  readonly agent: Agent;
  readonly #server: HttpServer;
  readonly #sockets = new Set<MemorySocket>();
  #down = false;
  #underWay = 0;
  #moved = 0;

  constructor(server: HttpServer) {
    this.#server = server;
    this.agent = new MemoryAgent(() => this.#connect());
  }

  /** Breaks every connection. With `down` no new one can be made until `restore`. */
  cut({ down = false }: { readonly down?: boolean } = {}): void {
    this.#down = down;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#down = false;
  }

  left(): void {
    this.#underWay += 1;
    this.#moved += 1;
  }

  arrived(): void {
    this.#underWay -= 1;
  }

  /** Resolves when everything that was sent has arrived and was answered. */
  async quiet(): Promise<void> {
    for (let turns = 0, seen = this.#moved; turns < QUIET_TURNS; turns++) {
      await new Promise<void>((resolve) => soon(resolve));
      if (this.#underWay > 0 || this.#moved !== seen) turns = 0;
      seen = this.#moved;
    }
  }

  #connect(): Duplex {
    const [near, far] = MemorySocket.pair(this);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    if (this.#down) soon(() => near.destroy(new Error("the network is down")));
    else this.#server.emit("connection", far);
    return near;
  }
}

class MemoryAgent extends Agent {
  readonly #connect: () => Duplex;

  constructor(connect: () => Duplex) {
    super();
    this.#connect = connect;
  }

  override createConnection(): Duplex {
    return this.#connect();
  }
}
