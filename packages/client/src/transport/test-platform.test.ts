import { presentEverwire } from "../session/everwire-loader.ts";
import { everwireParts } from "../session/everwire-parts.ts";
import { PREFERENCE } from "../session/opening-order.ts";
import type { ClientOptions } from "../socket/client-options.ts";
import { Manager } from "../socket/manager.ts";
import { Socket } from "../socket/socket.ts";
import { type Connector, connectorOf } from "./connector.ts";
import { REQUEST_DOWNLINKS } from "./downlinks.ts";
import type { NetworkWatcher, Platform } from "./platform.ts";
import { TestClock } from "./test-clock.test.ts";
import { TestNetwork } from "./test-transport.test.ts";

/** Surroundings that a test controls; there is no real network below. */
export class TestPlatform implements Platform {
  readonly clock: TestClock = new TestClock();
  readonly base = "https://example.org/";
  readonly transports = PREFERENCE;
  readonly memory: Map<string, string> = new Map();
  watcher: NetworkWatcher | undefined;
  hasNetwork = true;

  connector(): Connector {
    return {
      maxMessageBytes: 1_000,
      withCredentials: false,
      events: undefined,
      stream: () => Promise.reject(new Error("there is no network")),
      dial: () => ({ bufferedAmount: 0, send: () => undefined, close: () => undefined }),
      request: () => Promise.reject(new Error("there is no network")),
    };
  }

  online(): boolean {
    return this.hasNetwork;
  }

  watch(watcher: NetworkWatcher): () => void {
    this.watcher = watcher;
    return () => {
      this.watcher = undefined;
    };
  }

  binary(bytes: Uint8Array): ArrayBuffer {
    return bytes.slice().buffer;
  }
}

export const testEverwire = presentEverwire(everwireParts(new Map(REQUEST_DOWNLINKS), connectorOf));

/** A manager with the jitter at its bound: delays of 1000, 2000, 4000, 5000 ms. */
export function startManager(
  options: ClientOptions = {},
  url?: string,
  defaults: ClientOptions = { transports: ["websocket"] },
) {
  const platform = new TestPlatform();
  const network = new TestNetwork();
  const { clock } = platform;
  const random = (): number => 1;
  const manager = new Manager<Socket>(
    {
      platform,
      everwire: testEverwire,
      random,
      transports: network.create,
      createSocket: (owner, namespace, auth) => new Socket(owner, namespace, { auth, clock, random }),
    },
    url,
    { ...defaults, ...options },
  );
  return { platform, network, clock, manager };
}

/** A socket of `/` whose events are written down. */
export function startSocket(options: ClientOptions = {}) {
  const run = startManager(options);
  const socket = run.manager.socket("/");
  const seen: string[] = [];
  socket.on("connect", () => seen.push(`connect ${socket.id}`));
  socket.on("connect_error", (error) => seen.push(`connect_error ${error.code}`));
  socket.on("disconnect", (reason, { code }) => seen.push(`disconnect ${reason} (${code})`));
  socket.connect();
  /** The present transport opens and the server lets the socket in. */
  const join = (sid = "id"): void => {
    run.network.last.accept();
    run.network.last.receive("message", `0${JSON.stringify({ sid })}`);
  };
  return { ...run, socket, seen, join };
}
