import type { DefaultEventMap, EventMap } from "@everwire/protocol";
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
}

/** How sockets of this platform are made; the setup of every manager. */
export function managerSetup(platform: Platform): ManagerSetup<Socket> {
  const { clock } = platform;
  const random = Math.random;
  return {
    platform,
    random,
    createSocket: (manager, namespace, auth) => new Socket(manager, namespace, { auth, clock, random }),
  };
}

export function createIo(platform: Platform): Io {
  const setup = managerSetup(platform);
  const managers: Map<string, Manager<Socket>> = new Map();

  function find(address: string | URL | undefined, options: ClientOptions): Socket {
    const { origin, namespace } = parseAddress(address, platform.base);
    const { path, autoConnect, auth } = resolveOptions(options);
    const key = `${origin}${path}`;
    const shared = managers.get(key);
    const own = options.forceNew === true || options.multiplex === false || shared?.has(namespace) === true;
    const manager = shared !== undefined && !own ? shared : new Manager(setup, address, options);
    if (shared === undefined && !own) managers.set(key, manager);
    const socket = manager.socket(namespace, auth === undefined ? {} : { auth });
    return autoConnect ? socket.connect() : socket;
  }

  const open = (first?: string | URL | ClientOptions, second: ClientOptions = {}): Socket =>
    typeof first === "string" || first instanceof URL || first === undefined
      ? find(first, second)
      : find(undefined, first);
  // The type arguments are the caller's promise about events; a socket of any events fulfils it.
  return open as Io;
}
