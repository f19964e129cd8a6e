import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import type { EverwireLoader } from "../session/everwire-loader.ts";
import type { Platform } from "../transport/platform.ts";
import { type ClientOptions, resolveOptions } from "./client-options.ts";
import { Manager, type ManagerSetup } from "./manager.ts";
import { Socket } from "./socket.ts";
import { parseAddress } from "./url.ts";

/**
 * The socket of a namespace: `io()` and `io("/chat")` on the page's own server, `io("https://host/chat")` on another.
 *
 * Sockets of several namespaces of one server share a connection; a second socket of the same namespace has its own. The
 * type arguments say which events come and go, which nothing checks at run time.
 */
export interface Io {
  <L extends EventMap = DefaultEventMap, E extends EventMap = L>(options?: ClientOptions): Socket<L, E>;
  <L extends EventMap = DefaultEventMap, E extends EventMap = L>(
    address: string | URL | undefined,
    options?: ClientOptions,
  ): Socket<L, E>;
  /** The compiler takes the last form where the function itself is handed on: to a test kit, say. */
  (address: string | URL | undefined, options?: ClientOptions): Socket;
  readonly Socket: typeof Socket;
  /** The same function again, under the names that it has in older code. */
  readonly io: Io;
  readonly connect: Io;
  readonly protocol: typeof PROTOCOL;
}

/** The revision of Socket.IO's protocol. */
export const PROTOCOL = 5;

/** How sockets of this platform are made; the setup of every manager. */
export function managerSetup(platform: Platform, everwire: EverwireLoader): ManagerSetup<Socket> {
  const { clock } = platform;
  const random = Math.random;
  return {
    platform,
    everwire,
    random,
    createSocket: (manager, namespace, auth) => new Socket(manager, namespace, { auth, clock, random }),
  };
}

export function createIo(platform: Platform, everwire: EverwireLoader): Io {
  const setup = managerSetup(platform, everwire);
  const managers: Map<string, Manager<Socket>> = new Map();

  function find(address: string | URL | undefined, options: ClientOptions): Socket {
    const { origin, namespace } = parseAddress(address, platform.base);
    const { path, autoConnect, auth } = resolveOptions(options);
    const key = `${origin}${path}`;
    const shared = managers.get(key);
    const own = options.forceNew === true || options.multiplex === false || shared?.has(namespace) === true;
    const manager = shared !== undefined && !own ? shared : new Manager(setup, address, options);
    if (shared === undefined && !own) managers.set(key, manager);
    return manager.socket(namespace, { autoConnect, ...(auth === undefined ? {} : { auth }) });
  }

  const open = (first?: string | URL | ClientOptions, second: ClientOptions = {}): Socket =>
    typeof first === "string" || first instanceof URL || first === undefined
      ? find(first, second)
      : find(undefined, first);
  // The type arguments are the caller's promise about events; a socket of any events fulfils it.
  const io = open as Io;
  return Object.assign(io, { Socket, io, connect: io, protocol: PROTOCOL } as const);
}
