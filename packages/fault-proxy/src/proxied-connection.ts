import type { Socket } from "node:net";
import { ByteSink, type SinkOwner } from "./byte-sink.ts";
import { ByteSource } from "./byte-source.ts";
import type { FaultLog } from "./fault-log.ts";
import { covers, type FaultPlan } from "./fault-plan.ts";
import type { CutHow, Direction, FaultName } from "./faults.ts";
import { HttpConversation, type Party } from "./http-conversation.ts";
import { sendCopy } from "./request-copy.ts";
import type { Target } from "./target.ts";

/** What all connections of a proxy share. */
export interface Surroundings {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly target: Target;
  readonly protocol: "http" | "tcp";
  readonly log: FaultLog;
}

export type CutSide = "client" | "server" | "both";

/** A client's connection and the one to the server that belongs to it. */
export class ProxiedConnection implements SinkOwner, Party {
  readonly id: number;
  readonly opened: number = performance.now();
  readonly fromClient: ByteSource;
  readonly fromServer: ByteSource;
  readonly toServer: ByteSink;
  readonly toClient: ByteSink;
  requestLine: string | undefined;
  requests = 0;
  upgraded = false;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #around: Surroundings;
  readonly #conversation: HttpConversation | undefined;
  readonly #told = new Set<string>();
  readonly #gone = new AbortController();
  #lastBytes = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** @param closed called once, when both sides are closed */
  constructor(id: number, client: Socket, server: Socket, around: Surroundings, closed: () => void) {
    this.id = id;
    this.#client = client;
    this.#server = server;
    this.#around = around;
    const changed = (bytes: number): void => {
      if (bytes > 0) this.#lastBytes = performance.now();
      this.#conversation?.refresh();
    };
    this.fromClient = new ByteSource(client, changed);
    this.fromServer = new ByteSource(server, changed);
    this.toServer = new ByteSink(server, "toServer", this);
    this.toClient = new ByteSink(client, "toClient", this);
    this.#conversation = around.protocol === "http" ? new HttpConversation(this) : undefined;
    this.#watch(client, server, this.toServer, closed);
    this.#watch(server, client, this.toClient, closed);
    this.refresh();
    void (this.#conversation?.run() ?? this.#pipe());
  }

  get plan(): FaultPlan {
    return this.#around.plan;
  }

  get seed(): number {
    return this.#around.seed;
  }

  /** The faults have changed. */
  refresh(): void {
    const { halfOpen, stall } = this.plan;
    // A black hole has no way back: the bytes it swallowed would be missing in the middle of the flow.
    for (const sink of [this.toServer, this.toClient]) {
      if (covers(halfOpen, sink.direction)) this.#silence("halfOpen", sink);
      sink.refresh();
    }
    for (const [source, direction] of this.#sources()) {
      source.stall(covers(stall, direction));
      if (covers(stall, direction)) this.tell("stall", direction, "is not read");
      else this.#told.delete(`stall ${direction}`);
    }
    this.#conversation?.refresh();
    this.#schedule();
  }

  cut(side: CutSide, how: CutHow): void {
    if (how === "silent") {
      if (side !== "server") this.toClient.silence();
      if (side !== "client") this.toServer.silence();
      return;
    }
    // A peer that is not told must not learn it from the end of the other.
    if (side !== "both") this.cut("both", "silent");
    if (side !== "server") end(this.#client, how);
    if (side !== "client") end(this.#server, how);
  }

  cutFor(fault: FaultName, how: CutHow, detail: string): void {
    this.noteFault(fault, `${detail}: ${how}`);
    this.cut("both", how);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  note(what: "request" | "upgrade" | "pipe", detail: string): void {
    if (what === "request") {
      this.requestLine = detail;
      this.requests++;
    }
    this.upgraded ||= what === "upgrade";
    this.#around.log.add(this.id, what, detail);
  }

  noteFault(fault: FaultName, detail: string): void {
    this.#around.log.add(this.id, "fault", detail, fault);
  }

  tell(fault: FaultName, direction: Direction, detail: string): void {
    const key = `${fault} ${direction}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.noteFault(fault, `${direction}: ${detail}`);
  }

  limitReached(fault: "cutAfter" | "resetAfter", direction: Direction): void {
    const sink = direction === "toServer" ? this.toServer : this.toClient;
    this.cutFor(fault, fault === "cutAfter" ? "fin" : "rst", `${sink.bytes} bytes ${direction}`);
  }

  sendCopy(method: string, request: Buffer): Promise<number | undefined> {
    return sendCopy(this.#around.target, method, request, this.#gone.signal);
  }

  #sources(): [ByteSource, Direction][] {
    return [
      [this.fromClient, "toServer"],
      [this.fromServer, "toClient"],
    ];
  }

  async #pipe(): Promise<void> {
    const flow = async (source: ByteSource, sink: ByteSink): Promise<void> => {
      for (let bytes = await source.pull(); bytes !== undefined; bytes = await source.pull()) await sink.write(bytes);
      sink.end();
    };
    await Promise.all([flow(this.fromClient, this.toServer), flow(this.fromServer, this.toClient)]);
  }

  #silence(fault: FaultName, sink: ByteSink): void {
    if (sink.silent) return;
    sink.silence();
    this.tell(fault, sink.direction, "black hole");
  }

  /** @param sink towards the other peer */
  #watch(socket: Socket, other: Socket, sink: ByteSink, closed: () => void): void {
    let failed = false;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      failed = true;
      const who = socket === this.#client ? "client" : "server";
      this.#around.log.add(this.id, "error", `${who}: ${error.code ?? error.message}`);
    });
    socket.on("end", () => {
      // The other side was cut, so nobody is left who could end this one.
      if (other.destroyed) socket.destroySoon();
    });
    socket.on("close", () => {
      // A reset passes through, but not through a black hole.
      if (failed && !sink.silent) end(other, "rst");
      // The other has ended, and what would have ended this side of it was swallowed.
      if (sink.silent && other.readableEnded) other.destroy();
      if (!other.destroyed || this.#gone.signal.aborted) return;
      clearTimeout(this.#timer);
      this.#gone.abort();
      closed();
    });
  }

  /** One timer for what happens by time: it looks again when the next limit may be reached, not at every byte. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#gone.signal.aborted) return;
    const { cutIdle, cutAfter, resetAfter } = this.plan;
    const never = Number.POSITIVE_INFINITY;
    const idleAt = this.#lastBytes + (cutIdle?.ms ?? never);
    const cutAt = this.opened + (cutAfter?.ms ?? never);
    const resetAt = this.opened + (resetAfter?.ms ?? never);
    const now = performance.now();
    const wait = Math.min(idleAt, cutAt, resetAt) - now;
    if (wait > 0) {
      if (wait < never) this.#timer = setTimeout(() => this.#schedule(), Math.min(Math.ceil(wait), 2 ** 31 - 1));
    } else if (resetAt <= now) this.cutFor("resetAfter", "rst", `${resetAfter?.ms} ms`);
    else if (cutAt <= now) this.cutFor("cutAfter", "fin", `${cutAfter?.ms} ms`);
    else this.cutFor("cutIdle", cutIdle?.how ?? "fin", `idle for ${cutIdle?.ms} ms`);
  }
}

/** Ends a socket: `fin` after what was handed to it, `rst` at once. */
export function end(socket: Socket, how: "fin" | "rst"): void {
  if (socket.destroyed) return;
  if (how === "fin") socket.destroySoon();
  // A socket that is not connected yet cannot be reset.
  else if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
