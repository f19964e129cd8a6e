import type { Bench } from "../bench.ts";
import { everwire, socketio } from "../transport/peers.ts";
import { rows } from "./rows.ts";

/** Events between clients of Socket.IO and either server, over WebSocket and long polling. */
export const events: Bench = { name: "events", title: "Events", peers: [everwire, socketio], rows };
