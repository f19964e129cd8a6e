import type { Bench } from "../bench.ts";
import { everwire, gorilla, ws } from "./peers.ts";
import { rows } from "./rows.ts";

/** The goals compare everwire with ws + bufferutil. */
export const websocket: Bench = {
  name: "websocket",
  title: "WebSocket servers",
  peers: [everwire, ws, gorilla],
  rows,
};
