import { LazyEverwire } from "../session/everwire-loader.ts";
import type { ClientOptions } from "../socket/client-options.ts";
import { createIo, type Io, managerSetup } from "../socket/io.ts";
import { Manager } from "../socket/manager.ts";
import type { Socket } from "../socket/socket.ts";
import { browserPlatform } from "./browser-platform.ts";

const everwire = new LazyEverwire(async () => (await import("./sessions.ts")).parts);

/** One connection to one server; `socket(namespace)` gives its sockets. */
export class BrowserManager extends Manager<Socket> {
  constructor(url?: string | URL, options?: ClientOptions) {
    super(managerSetup(browserPlatform, everwire), url, options);
  }
}

export const io: Io & { readonly Manager: typeof BrowserManager } = Object.assign(createIo(browserPlatform, everwire), {
  Manager: BrowserManager,
});
