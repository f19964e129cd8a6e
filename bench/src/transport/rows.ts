import type { Figure, Row } from "../bench.ts";
import type { TransportForm, TransportName } from "../generator/engine/transport-form.ts";
import {
  atLeast,
  atMost,
  BURST_RATE,
  ECHO_CPU,
  ECHO_DOWN,
  ECHO_RATE,
  ECHO_REQUESTS,
  ECHO_UP,
  each,
  IDLE_MEMORY,
  memory,
  PUSH_CPU,
  PUSH_DOWN,
  PUSH_P50,
  PUSH_P99,
  PUSH_REQUESTS,
  PUSH_UP,
  rate,
} from "./figures.ts";
import { everwire } from "./peers.ts";

const PLAIN = { tls: false, compression: "none" } as const;
const CLIENTS = 100;
/** Milliseconds between two events of the server to one client. */
const PUSH_INTERVAL = 100;
const BURST = 16;

/** One way of carrying a session, and the rows that measure it. */
export interface Way {
  readonly name: string;
  readonly rows: readonly Row[];
}

const STOCK_POLLING: TransportForm = { session: "stock", transport: "polling", headers: "browser" };

const EVERWIRE_TRANSPORTS: readonly TransportName[] = [
  "websocket",
  "streaming",
  "sse",
  "polling",
  "short-polling",
  "iframe",
  "jsonp",
];

const longPolling = echoRow("long-polling", STOCK_POLLING, 1, [
  rate("long polling, echo", "cycles/s", atLeast(1.5)),
  ECHO_REQUESTS,
  ECHO_DOWN,
  ECHO_UP,
  ECHO_CPU,
  ECHO_RATE,
]);

/** Requests as small as HTTP lets them be: what the servers do beside reading headers. */
const bareLongPolling = echoRow("long-polling-bare", { ...STOCK_POLLING, headers: "bare" }, 1, [
  rate("long polling, echo, bare headers", "cycles/s", atLeast(1.5)),
]);

const connects: Row = {
  name: "polling-connects",
  server: PLAIN,
  workload: { kind: "transport-connects", form: STOCK_POLLING, wave: 1000, inFlight: 64 },
  quickWorkload: { kind: "transport-connects", form: STOCK_POLLING, wave: 200, inFlight: 64 },
  figures: [rate("long polling, connects", "connects/s", atLeast(1))],
};

const idlePolling = idleRow("polling-idle", STOCK_POLLING, [
  each("long polling, idle client, RSS", "B/client", memory, atMost(1)),
  IDLE_MEMORY,
]);

/** Everwire's own sessions on all their transports, then what stock clients have, on both servers. */
export const ways: readonly Way[] = [
  ...EVERWIRE_TRANSPORTS.map((transport) => wayOf(transport, { session: "everwire", transport, headers: "browser" })),
  wayOf("stock websocket", { session: "stock", transport: "websocket", headers: "browser" }),
  {
    name: "stock polling",
    rows: [
      pushRow("push-stock-polling", STOCK_POLLING),
      longPolling,
      echoRow("burst-stock-polling", STOCK_POLLING, BURST, [BURST_RATE]),
      idlePolling,
    ],
  },
];

/** The goals are those of the issue, or to be no worse. */
export const rows: readonly Row[] = [
  ...new Set([longPolling, bareLongPolling, connects, idlePolling, ...ways.flatMap((way) => way.rows)]),
];

function wayOf(name: string, form: TransportForm): Way {
  const id = name.replace(" ", "-");
  const echo = [ECHO_REQUESTS, ECHO_DOWN, ECHO_UP, ECHO_CPU, ECHO_RATE];
  return {
    name,
    rows: [
      pushRow(`push-${id}`, form),
      echoRow(`echo-${id}`, form, 1, echo),
      echoRow(`burst-${id}`, form, BURST, [BURST_RATE]),
      idleRow(`idle-${id}`, form, [IDLE_MEMORY]),
    ],
  };
}

function pushRow(name: string, form: TransportForm): Row {
  return {
    name,
    server: PLAIN,
    workload: { kind: "transport-push", form, connections: CLIENTS, interval: PUSH_INTERVAL },
    ...peersOf(form),
    figures: [PUSH_P50, PUSH_P99, PUSH_REQUESTS, PUSH_DOWN, PUSH_UP, PUSH_CPU],
  };
}

function echoRow(name: string, form: TransportForm, inFlight: number, figures: readonly Figure[]): Row {
  const workload = { kind: "transport-echo", form, connections: CLIENTS, inFlight } as const;
  return { name, server: PLAIN, workload, ...peersOf(form), figures };
}

function idleRow(name: string, form: TransportForm, figures: readonly Figure[]): Row {
  // Clients of short polling ask all the time: more of them would keep the server from ever being idle.
  const [first, more] = form.transport === "short-polling" ? [500, 1500] : [1500, 4000];
  return {
    name,
    server: PLAIN,
    workload: { kind: "transport-idle", form, first, more },
    quickWorkload: { kind: "transport-idle", form, first: 300, more: 700 },
    ...peersOf(form),
    figures,
  };
}

/** Socket.IO has stock sessions alone. */
function peersOf({ session }: TransportForm): Pick<Row, "peers"> {
  return session === "everwire" ? { peers: [everwire] } : {};
}
