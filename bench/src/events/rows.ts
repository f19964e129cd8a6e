import type { Figure, Row } from "../bench.ts";
import type { TransportForm } from "../generator/engine/transport-form.ts";
import type { EventQuestion, Workload } from "../generator/job.ts";
import { atLeast, atMost, each, memory, rate } from "../transport/figures.ts";

const PLAIN = { tls: false, compression: "none" } as const;
const WEBSOCKET: TransportForm = { session: "stock", transport: "websocket", headers: "browser" };
const POLLING: TransportForm = { session: "stock", transport: "polling", headers: "browser" };

/** The goals are those of the issue. */
export const rows: readonly Row[] = [
  echo("echo-1", "event", 1, rate("echo, 1 in flight", "events/s", atLeast(1.35))),
  echo("echo-32", "event", 32, rate("echo, 32 in flight", "events/s", atLeast(6))),
  fanOut("broadcast-1", 1, rate("broadcast to 1000, single", "deliveries/s", atLeast(1.5))),
  fanOut("broadcast-16", 16, rate("broadcast to 1000, bursts of 16", "deliveries/s", atLeast(15))),
  echo("acknowledgements", "acknowledgement", 1, rate("acknowledgements", "acks/s", atLeast(1.5))),
  echo("attachments", "attachment", 1, rate("binary attachments, 1 KiB", "events/s", atLeast(1.5))),
  row("rooms", { kind: "event-rooms", burst: 10 }, rate("10 000 rooms of 10", "deliveries/s", atLeast(1.5))),
  connects("connects", WEBSOCKET, rate("connect and CONNECT", "connects/s", atLeast(2.5))),
  idle("idle", WEBSOCKET, each("idle client, RSS", "B/client", memory, atMost(0.45))),
  polling("polling-echo-1", 1, rate("polling: echo, 1 in flight", "events/s", atLeast(1.35))),
  polling("polling-echo-32", 32, rate("polling: echo, 32 in flight", "events/s", atLeast(6))),
  connects("polling-connects", POLLING, rate("polling: connect and CONNECT", "connects/s", atLeast(2.5))),
  idle("polling-idle", POLLING, each("polling: idle client, RSS", "B/client", memory, atMost(0.45))),
];

function row(name: string, workload: Workload, figure: Figure, quickWorkload: Workload = workload): Row {
  return { name, server: PLAIN, workload, quickWorkload, figures: [figure] };
}

function echo(name: string, question: EventQuestion, inFlight: number, figure: Figure): Row {
  return row(name, { kind: "event-echo", question, connections: 100, inFlight }, figure);
}

function fanOut(name: string, burst: number, figure: Figure): Row {
  const workload = { kind: "event-fan-out", subscribers: 1000, burst } as const;
  return row(name, workload, figure, { ...workload, subscribers: 200 });
}

function polling(name: string, inFlight: number, figure: Figure): Row {
  // A long answer is compressed where the request allows it, by socket.io: these do not.
  const form = { ...POLLING, headers: "bare" } as const;
  return row(name, { kind: "transport-echo", form, connections: 100, inFlight }, figure);
}

function connects(name: string, form: TransportForm, figure: Figure): Row {
  const workload = { kind: "transport-connects", form, wave: 1000, inFlight: 64 } as const;
  return row(name, workload, figure, { ...workload, wave: 200 });
}

function idle(name: string, form: TransportForm, figure: Figure): Row {
  const workload = { kind: "transport-idle", form, first: 1500, more: 4000 } as const;
  return row(name, workload, figure, { ...workload, first: 300, more: 700 });
}
