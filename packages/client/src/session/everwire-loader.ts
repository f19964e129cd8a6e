import type { EngineHandshake } from "@everwire/protocol";
import type { Clock } from "../transport/clock.ts";
import type { Dialer } from "../transport/connector.ts";
import type {
  Attach,
  EngineTransport,
  EngineTransportHandler,
  TransportFactory,
  TransportName,
} from "../transport/engine-transport.ts";
import type { ProbeSetup } from "../transport/upgrade-probe.ts";
import type { LosslessHandler, LosslessTransport } from "./lossless-transport.ts";

/** How one transport is made. */
export interface TransportSetup {
  readonly connector: Dialer;
  readonly clock: Clock;
  readonly requestTimeout: number;
  /** Of its first request. */
  readonly url: string;
  /** Of a later one, to the session of this id. */
  readonly address: (sid: string) => string;
}

export interface SessionOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly create: TransportFactory;
  readonly transports: readonly TransportName[];
  readonly upgrade: boolean;
  readonly transportTimeout: number;
  readonly requestTimeout: number;
}

/** What can be given up. */
export interface Upgrade {
  abort(): void;
}

/** The code of requests and of Everwire sessions: what a session over a WebSocket with another server does without. */
export interface EverwireParts {
  /** Any transport but the WebSocket. */
  transport(
    name: TransportName,
    sid: string | undefined,
    setup: TransportSetup,
    handler: EngineTransportHandler,
    attach?: Attach,
  ): EngineTransport;
  /** Moves a stock session from polling to a WebSocket. */
  upgrade(setup: ProbeSetup): Upgrade;
  /** `data`: of the open packet that `opened` has brought. */
  session(
    opened: EngineTransport,
    data: string,
    handshake: EngineHandshake,
    options: SessionOptions,
    handler: LosslessHandler,
  ): LosslessTransport | undefined;
}

/** Where the parts come from: they are there, or a web page fetches them when it finds an Everwire server. */
export interface EverwireLoader {
  readonly parts: EverwireParts | undefined;
  /** They cannot be fetched: every server is taken for a stock one then. */
  readonly failed: boolean;
  /** Calls back once, with nothing when they could not be fetched. */
  load(done: (parts: EverwireParts | undefined) => void): void;
}

export function presentEverwire(parts: EverwireParts): EverwireLoader {
  return { parts, failed: false, load: (done) => done(parts) };
}

/** After so many failures nothing is fetched any more. */
const PATIENCE = 3;

export class LazyEverwire implements EverwireLoader {
  readonly #fetch: () => Promise<EverwireParts>;
  #failures = 0;
  #fetched: Promise<EverwireParts | undefined> | undefined;
  parts: EverwireParts | undefined;
  failed = false;

  constructor(fetch: () => Promise<EverwireParts>) {
    this.#fetch = fetch;
  }

  load(done: (parts: EverwireParts | undefined) => void): void {
    this.#fetched ??= this.#fetch().catch(() => undefined);
    void this.#fetched.then((parts) => {
      if (parts === undefined) this.#fail();
      else this.parts = parts;
      done(parts);
    });
  }

  /** Those who wait for the same answer are told one after the other, and it counts once. */
  #fail(): void {
    if (this.#fetched === undefined) return;
    this.#fetched = undefined;
    this.#failures += 1;
    this.failed = this.#failures >= PATIENCE;
  }
}
