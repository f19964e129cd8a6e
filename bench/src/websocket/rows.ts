import type { Figure, Goal, Row, RowServer } from "../bench.ts";
import type { Measurement, Payload } from "../generator/job.ts";

const PLAIN: RowServer = { tls: false, compression: "none" };
const TLS: RowServer = { tls: true, compression: "none" };

const SMALL: Payload = { kind: "text", bytes: 64 };
const LARGE: Payload = { kind: "binary", bytes: 1024 * 1024 };

const perServerCpu = ({ operations, serverCpu }: Measurement) => operations / serverCpu;
const perSecond = ({ operations, seconds }: Measurement) => operations / seconds;

const atLeast = (ratio: number): Goal => ({ relation: ">=", ratio });
const atMost = (ratio: number): Goal => ({ relation: "<=", ratio });

/** Operations a second, compared by the server CPU that they took. */
function rate(title: string, goal: Goal, unit = "msg/s"): Figure {
  return { title, unit, goal, shown: perSecond, compared: perServerCpu };
}

function megabytes(title: string, goal: Goal): Figure {
  const shown = (measurement: Measurement) => (perSecond(measurement) * LARGE.bytes) / 1e6;
  return { title, unit: "MB/s", goal, shown, compared: perServerCpu };
}

function each(title: string, unit: string, goal: Goal, of: (measurement: Measurement) => number): Figure {
  return { title, unit, goal, shown: of, compared: of };
}

function echo(name: string, server: RowServer, inFlight: number, figure: Figure): Row {
  return { name, server, workload: { kind: "echo", connections: 100, inFlight, payload: SMALL }, figures: [figure] };
}

function fanOut(name: string, server: RowServer, burst: number, figure: Figure): Row {
  const workload = { kind: "fan-out", subscribers: 1000, burst, payload: SMALL } as const;
  return { name, server, workload, quickWorkload: { ...workload, subscribers: 200 }, figures: [figure] };
}

function large(name: string, server: RowServer, figure: Figure): Row {
  const workload = { kind: "echo", connections: 4, inFlight: 1, payload: LARGE } as const;
  return { name, server, workload, figures: [figure] };
}

function deflate(name: string, title: string, compression: "fresh" | "takeover"): Row {
  // To the byte: a message that is half counted when the time is up is no difference between two servers.
  const bytes = ({ receivedBytes, operations }: Measurement) => Math.round(receivedBytes / operations);
  return {
    name,
    server: { tls: false, compression },
    workload: { kind: "deflate-echo", connections: 100, compression },
    figures: [rate(title, atLeast(1)), each(`${title}, bytes sent`, "B/msg", atMost(1), bytes)],
  };
}

/** The goals are those of the issue. */
export const rows: readonly Row[] = [
  echo("echo-1", PLAIN, 1, rate("echo 64 B, 1 in flight", atLeast(1.3))),
  echo("echo-32", PLAIN, 32, rate("echo 64 B, 32 in flight", atLeast(14))),
  fanOut("fanout-1", PLAIN, 1, rate("fan-out to 1000, single", atLeast(1.25), "deliveries/s")),
  fanOut("fanout-16", PLAIN, 16, rate("fan-out to 1000, bursts of 16", atLeast(15), "deliveries/s")),
  large("binary-1m", PLAIN, megabytes("echo 1 MiB binary", atLeast(1.6))),
  {
    name: "handshakes",
    server: PLAIN,
    workload: { kind: "handshake", wave: 4000, inFlight: 64 },
    quickWorkload: { kind: "handshake", wave: 1000, inFlight: 64 },
    figures: [rate("handshakes", atLeast(1.3), "handshakes/s")],
  },
  {
    name: "idle",
    server: PLAIN,
    workload: { kind: "idle", first: 4000, more: 10_000 },
    quickWorkload: { kind: "idle", first: 1000, more: 2000 },
    figures: [
      each(
        "idle connection, RSS",
        "B/conn",
        atMost(0.65),
        ({ residentGrowth, operations }) => residentGrowth / operations,
      ),
    ],
  },
  deflate("deflate", "deflate echo 1 KiB, no takeover", "fresh"),
  deflate("deflate-takeover", "deflate echo 1 KiB, takeover", "takeover"),
  echo("tls-echo-1", TLS, 1, rate("TLS echo 64 B, 1 in flight", atLeast(1))),
  echo("tls-echo-32", TLS, 32, rate("TLS echo 64 B, 32 in flight", atLeast(1))),
  fanOut("tls-fanout-1", TLS, 1, rate("TLS fan-out to 1000, single", atLeast(1), "deliveries/s")),
  fanOut("tls-fanout-16", TLS, 16, rate("TLS fan-out to 1000, bursts of 16", atLeast(1), "deliveries/s")),
  large("tls-binary-1m", TLS, megabytes("TLS echo 1 MiB binary", atLeast(1))),
];
