import type { ClientOptions } from "../client-options.ts";
import { createIo, type Io, managerSetup } from "../io.ts";
import { Manager } from "../manager.ts";
import type { Socket } from "../socket.ts";
import { nodePlatform } from "./node-platform.ts";

export const io: Io = createIo(nodePlatform);

/** One connection to one server; `socket(namespace)` gives its sockets. */
export class NodeManager extends Manager<Socket> {
  constructor(url?: string | URL, options?: ClientOptions) {
    super(managerSetup(nodePlatform), url, options);
  }
}
