import { startEverwire, startUnbounded } from "./everwire.ts";
import { startEverwireServer, startUnboundedServer } from "./everwire-server.ts";
import { startSocketIo } from "./socket-io.ts";
import type { StartTarget } from "./target.ts";
import { startWs } from "./ws.ts";

/** What a row attacks. Another protocol is another subject: its own targets, its own probe. */
export type Subject = "websocket" | "server";

/** The servers of each subject by name; the first is ours. */
export const TARGETS: Readonly<Record<Subject, ReadonlyMap<string, StartTarget>>> = {
  websocket: new Map([
    ["everwire", startEverwire],
    ["unbounded", startUnbounded],
    ["ws", startWs],
  ]),
  server: new Map([
    ["everwire", startEverwireServer],
    ["unbounded", startUnboundedServer],
    ["socket.io", startSocketIo],
  ]),
};
