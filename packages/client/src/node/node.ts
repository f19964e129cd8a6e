import { presentEverwire } from "../session/everwire-loader.ts";
import { everwireParts } from "../session/everwire-parts.ts";
import type { ClientOptions } from "../socket/client-options.ts";
import { createIo, type Io, managerSetup } from "../socket/io.ts";
import { Manager } from "../socket/manager.ts";
import type { Socket } from "../socket/socket.ts";
import { connectorOf } from "../transport/connector.ts";
import { REQUEST_DOWNLINKS } from "../transport/downlinks.ts";
import { nodePlatform } from "./node-platform.ts";

const everwire = presentEverwire(everwireParts(new Map(REQUEST_DOWNLINKS), connectorOf));

/** One connection to one server; `socket(namespace)` gives its sockets. */
export class NodeManager extends Manager<Socket> {
  constructor(url?: string | URL, options?: ClientOptions) {
    super(managerSetup(nodePlatform, everwire), url, options);
  }
}

export const io: Io & { readonly Manager: typeof NodeManager } = Object.assign(createIo(nodePlatform, everwire), {
  Manager: NodeManager,
});
