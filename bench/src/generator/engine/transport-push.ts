import { setTimeout as sleep } from "node:timers/promises";
import { nowMicroseconds } from "../../shared-clock.ts";
import type { Job, Latency, Measurement, Workload } from "../job.ts";
import { Crowd } from "./crowd.ts";
import { measureTraffic } from "./traffic.ts";

type TransportPushWorkload = Extract<Workload, { kind: "transport-push" }>;

/** What the server's event begins with; its one argument is the time at which it was sent. */
const BEGINNING = '2["time",';

/** The server sends to every client by its own clock, at times spread over the interval; most of the time nothing happens. */
export async function runTransportPush(job: Job, workload: TransportPushWorkload): Promise<Measurement> {
  const { form, connections, interval } = workload;
  const crowd = new Crowd(job.target, form);
  await crowd.open(connections);
  const delays: number[] = [];
  const take = (packet: string) => {
    if (!packet.startsWith(BEGINNING)) throw new Error(`not the event: ${packet}`);
    delays.push(nowMicroseconds() - Number.parseInt(packet.slice(BEGINNING.length), 10));
  };
  const measured = { begin: 0, end: 0 };
  const operations = () => {
    measured.begin = measured.end;
    measured.end = delays.length;
    return delays.length;
  };
  const began = performance.now();
  for (const [index, client] of crowd.clients.entries()) {
    client.receive = take;
    const due = (index * interval) / connections - (performance.now() - began);
    if (due > 0) await sleep(due);
    client.send(`2["push",${interval}]`);
  }
  const measurement = await Promise.race([measureTraffic(job, crowd.tally, operations), crowd.lost]);
  return { ...measurement, latency: latencyOf(delays.slice(measured.begin, measured.end)) };
}

function latencyOf(delays: readonly number[]): Latency {
  const sorted = [...delays].sort((a, b) => a - b);
  const share = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN) / 1000;
  return { p50: share(0.5), p99: share(0.99) };
}
