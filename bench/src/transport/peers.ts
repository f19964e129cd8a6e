import type { Peer } from "../bench.ts";
import { nodeServer, packageVersion } from "../node-program.ts";

export const everwire: Peer = {
  name: "everwire",
  prepare: () => undefined,
  command: (nodeOptions) => nodeServer("everwire-transport-server.js", nodeOptions),
  versions: () => [`@everwire/server ${packageVersion("@everwire/server")}`],
};

export const socketio: Peer = {
  name: "socket.io",
  prepare: () => undefined,
  command: (nodeOptions) => nodeServer("socketio-transport-server.js", nodeOptions),
  versions: () => [`socket.io ${packageVersion("socket.io")}`],
};
