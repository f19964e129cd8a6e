/** A server of ours and clients that talk with it in numbers, both ways, over a network that may be bad. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "@everwire/server";
import { Flow, type Speaker } from "./flow.ts";
import { until } from "./waiting.ts";

/** One client and its counterpart, for as long as they talk, even if a connection has to be made anew meanwhile. */
export class Talk {
  readonly id: string = randomUUID();
  readonly up: Flow = new Flow("up");
  readonly down: Flow = new Flow("down");
  /** What either peer was told of a connection that was lost. */
  readonly losses: string[] = [];
  #client: (Speaker & { disconnect(): unknown }) | undefined;
  #server: Speaker | undefined;
  /** Connections of the client that the server has had. */
  connections = 0;
  #present = 0;
  #over = false;

  /** Called by the server for each connection of this client. */
  joined(socket: Speaker): void {
    this.#server = socket;
    this.#present += 1;
    this.connections += 1;
    this.up.hear(socket);
    socket.on("disconnect", (reason: string) => {
      this.#present -= 1;
      if (!this.#over) this.losses.push(`server: ${reason}`);
    });
  }

  /** Has this client talk. It must have been made with `query: { talk: talk.id }`. */
  begin(client: Speaker & { disconnect(): unknown }): Promise<void> {
    this.#client = client;
    this.down.hear(client);
    client.on("disconnect", (reason: string) => {
      if (!this.#over) this.losses.push(`client: ${reason}`);
    });
    return until("the client is connected", () => this.#server !== undefined, 60_000);
  }

  /** So many messages each way, spread over the time. */
  async say(count: number, { everyMs = 0, size = () => 10 }: { everyMs?: number; size?: () => number } = {}) {
    for (let n = 0; n < count; n++) {
      if (this.#client !== undefined) this.up.say(this.#client, size());
      if (this.#server !== undefined) this.down.say(this.#server, size());
      await pause(everyMs);
    }
  }

  /** Waits for all that was said. What does not come is found by `end`. */
  async heardAll(withinMs = 60_000): Promise<void> {
    await until("all was heard", () => this.up.complete && this.down.complete, withinMs).catch(() => undefined);
  }

  /** Ends the talk, waits until the server has seen the end, and checks: what comes twice may do so late. */
  async end(): Promise<void> {
    this.leave();
    await until("the server saw the client leave", () => this.#present === 0);
    assert.deepEqual([...this.up.complaints(), ...this.down.complaints()], []);
  }

  /** Whatever has become of the test. */
  leave(): void {
    this.#over = true;
    this.#client?.disconnect();
  }
}

export class TalkServer {
  readonly io: Server;
  readonly port: number;
  readonly #talks: Map<string, Talk>;
  readonly #close: () => Promise<void>;

  private constructor(io: Server, port: number, talks: Map<string, Talk>, close: () => Promise<void>) {
    this.io = io;
    this.port = port;
    this.#talks = talks;
    this.#close = close;
  }

  static async start(options: ConstructorParameters<typeof Server>[1] = {}): Promise<TalkServer> {
    const http = createServer();
    const io = new Server(http, { log: () => undefined, ...options });
    const talks = new Map<string, Talk>();
    io.on("connection", (socket) => talks.get(socket.handshake.query.talk ?? "")?.joined(socket));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    // A TCP server that listens has an address of this form.
    const { port } = http.address() as AddressInfo;
    return new TalkServer(io, port, talks, async () => {
      await io.engine.close();
      // What proxies and clients keep alive is not worth waiting for.
      http.closeAllConnections();
      await io.close();
    });
  }

  talk(): Talk {
    const talk = new Talk();
    this.#talks.set(talk.id, talk);
    return talk;
  }

  close(): Promise<void> {
    return this.#close();
  }
}
