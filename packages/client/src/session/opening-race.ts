import type { ClientFailureCode } from "../failures.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { Clock } from "../transport/clock.ts";
import type {
  EngineTransport,
  EngineTransportHandler,
  TransportFactory,
  TransportName,
} from "../transport/engine-transport.ts";
import { Timers } from "../transport/timers.ts";
import type { EverwireLoader } from "./everwire-loader.ts";
import type { TransportReason } from "./transport-choice.ts";

export interface OpeningRaceSetup {
  readonly clock: Clock;
  readonly create: TransportFactory;
  /** The code of the other transports is fetched when the first of them is to open. */
  readonly everwire: EverwireLoader;
  /** In the order of trying. */
  readonly names: readonly TransportName[];
  /** The first is what worked last time. */
  readonly remembered: boolean;
  /** Milliseconds after which polling, where it is named, opens beside one that has not opened. */
  readonly raceDelay: number;
  /** Milliseconds after which a transport that does not open gives way to the next. */
  readonly transportTimeout: number;
}

/** A transport that opens. Its events go to `target`, which whoever takes the transport over replaces. */
export interface Runner {
  readonly transport: EngineTransport;
  target: EngineTransportHandler;
}

export interface OpeningRaceHandler {
  /** The first packet of the server, normally its handshake. The other transports are closed. */
  won(runner: Runner, packet: SessionPacket, reason: TransportReason): void;
  /** None has opened; what the last one said. */
  failed(code: ClientFailureCode, detail: string | undefined): void;
}

/** Opens a session by whichever transport is first, preferring those that stand first. Used once. */
export class OpeningRace {
  readonly #setup: OpeningRaceSetup;
  readonly #handler: OpeningRaceHandler;
  readonly #timers: Timers<TransportName | "race">;
  readonly #runners: Set<Runner> = new Set();
  #names: readonly TransportName[];
  #raced = false;
  /** Transports whose code is being fetched. */
  #loading = 0;
  #over = false;

  constructor(setup: OpeningRaceSetup, handler: OpeningRaceHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#timers = new Timers(setup.clock);
    this.#names = setup.names;
  }

  start(): void {
    this.#open(this.#names[0]);
    if (!this.#names.includes("polling") || this.#setup.raceDelay >= this.#setup.transportTimeout) return;
    this.#timers.set("race", this.#setup.raceDelay, () => {
      // It may have had its turn already, because those before it failed.
      this.#raced = this.#names.includes("polling");
      this.#open("polling");
    });
  }

  close(): void {
    this.#over = true;
    this.#timers.stop();
    for (const { transport } of this.#runners) transport.close();
    this.#runners.clear();
  }

  #open(name: TransportName | undefined): void {
    if (name === undefined || !this.#names.includes(name)) return;
    this.#names = this.#names.filter((other) => other !== name);
    const { everwire } = this.#setup;
    if (name === "websocket" || everwire.parts !== undefined) {
      this.#run(name);
      return;
    }
    this.#loading += 1;
    everwire.load((parts) => {
      this.#loading -= 1;
      if (this.#over) return;
      if (parts === undefined) this.#next("open_failed", "the code of the transport could not be loaded");
      else this.#run(name);
    });
  }

  #run(name: TransportName): void {
    const target = {
      open: () => undefined,
      // A stream begins with padding.
      packet: (packet: SessionPacket) => packet.type !== "noop" && this.#won(runner, packet),
      drain: () => undefined,
      ended: () => this.#lost(runner, "open_failed", "ended before the handshake"),
      close: (code: ClientFailureCode, detail: string | undefined) => this.#lost(runner, code, detail),
    };
    const transport = this.#setup.create(name, undefined, {
      open: () => runner.target.open(),
      packet: (packet) => runner.target.packet(packet),
      drain: () => runner.target.drain(),
      ended: () => runner.target.ended(),
      close: (code, detail) => runner.target.close(code, detail),
    });
    const runner: Runner = { transport, target };
    this.#runners.add(runner);
    this.#timers.set(name, this.#setup.transportTimeout, () => this.#late(runner));
    transport.open();
  }

  /** The last one has as long as the whole opening has. */
  #late(runner: Runner): void {
    if (this.#runners.size + this.#loading === 1 && this.#names.length === 0) return;
    runner.transport.close();
    this.#lost(runner, "open_timeout", undefined);
  }

  #lost(runner: Runner, code: ClientFailureCode, detail: string | undefined): void {
    if (!this.#runners.delete(runner)) return;
    this.#timers.clear(runner.transport.name);
    this.#next(code, detail);
  }

  #next(code: ClientFailureCode, detail: string | undefined): void {
    if (this.#runners.size + this.#loading > 0) return;
    // Only the last failure is reported: those before it were reasons to try the next transport.
    if (this.#names.length === 0) this.#fail(code, detail);
    else this.#open(this.#names[0]);
  }

  #fail(code: ClientFailureCode, detail: string | undefined): void {
    this.close();
    this.#handler.failed(code, detail);
  }

  #won(runner: Runner, packet: SessionPacket): void {
    if (!this.#runners.delete(runner)) return;
    this.close();
    this.#handler.won(runner, packet, this.#reason(runner.transport.name));
  }

  #reason(name: TransportName): TransportReason {
    const { names, remembered } = this.#setup;
    if (name === names[0]) return remembered ? "remembered" : "opened";
    return this.#raced && name === "polling" ? "raced" : "blocked";
  }
}
