import { browserPlatform } from "./browser-platform.ts";
import type { ClientOptions } from "./client-options.ts";
import { createIo, type Io, managerSetup } from "./io.ts";
import { Manager } from "./manager.ts";
import type { Socket } from "./socket.ts";

export const io: Io = createIo(browserPlatform);

/** One connection to one server; `socket(namespace)` gives its sockets. */
export class BrowserManager extends Manager<Socket> {
  constructor(url?: string | URL, options?: ClientOptions) {
    super(managerSetup(browserPlatform), url, options);
  }
}
