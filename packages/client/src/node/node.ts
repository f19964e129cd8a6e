import type { ClientOptions } from "../socket/client-options.ts";
import { createIo, type Io, managerSetup } from "../socket/io.ts";
import { Manager } from "../socket/manager.ts";
import type { Socket } from "../socket/socket.ts";
import { nodePlatform } from "./node-platform.ts";

export const io: Io = createIo(nodePlatform);

/** One connection to one server; `socket(namespace)` gives its sockets. */
export class NodeManager extends Manager<Socket> {
  constructor(url?: string | URL, options?: ClientOptions) {
    super(managerSetup(nodePlatform), url, options);
  }
}
