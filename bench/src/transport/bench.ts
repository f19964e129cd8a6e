import type { Bench } from "../bench.ts";
import {
  BURST_RATE,
  ECHO_CPU,
  ECHO_DOWN,
  ECHO_RATE,
  ECHO_REQUESTS,
  ECHO_UP,
  IDLE_MEMORY,
  PUSH_CPU,
  PUSH_DOWN,
  PUSH_P50,
  PUSH_P99,
  PUSH_REQUESTS,
  PUSH_UP,
} from "./figures.ts";
import { everwire, socketio } from "./peers.ts";
import { rows, ways } from "./rows.ts";

const TEXT = `Lines without *stock* are sessions of Everwire's own client; the others are what any client of Socket.IO has.

- **push**: the server sends an event to each of 100 clients ten times a second. Time from \`emit\` to the client, and what
  one event costs.
- **echo**: each of 100 clients sends an event of 64 bytes and waits for its echo. What one echo costs, both ways together.
- **msg/CPU s**: the same, messages a second of server CPU (an echo is two), with 1 and with 16 events in flight.
- Bytes are those of HTTP and WebSocket with the headers of Chromium; requests are HTTP requests; *idle* is resident memory
  for each client that waits.`;

/** The goals compare stock long polling with socket.io. */
export const transport: Bench = {
  name: "transport",
  title: "Transports",
  peers: [everwire, socketio],
  rows,
  comparison: {
    title: "All transports side by side",
    text: TEXT,
    entries: ways,
    columns: [
      { head: "push p50, ms", figure: PUSH_P50 },
      { head: "p99, ms", figure: PUSH_P99 },
      { head: "requests/push", figure: PUSH_REQUESTS },
      { head: "B down", figure: PUSH_DOWN },
      { head: "B up", figure: PUSH_UP },
      { head: "CPU µs", figure: PUSH_CPU },
      { head: "requests/echo", figure: ECHO_REQUESTS },
      { head: "B down", figure: ECHO_DOWN },
      { head: "B up", figure: ECHO_UP },
      { head: "CPU µs", figure: ECHO_CPU },
      { head: "msg/CPU s, 1", figure: ECHO_RATE },
      { head: "16 in flight", figure: BURST_RATE },
      { head: "idle, B", figure: IDLE_MEMORY },
    ],
  },
};
