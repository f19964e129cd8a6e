import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Measurement, Workload } from "../job.ts";
import { Meter } from "../meter.ts";
import { residentBytes } from "../process-usage.ts";
import { Crowd } from "./crowd.ts";

type TransportIdleWorkload = Extract<Workload, { kind: "transport-idle" }>;

/** Longer than the time after which Node's HTTP server forgets what it keeps for a request that is over. */
const SETTLE = 500;

/**
 * Memory of a client that waits for events, as a slope (see `runIdle`): connected, in its namespace, and with whatever its
 * transport keeps open to wait with.
 *
 * @param collect has the server collect its garbage.
 */
export async function runTransportIdle(
  job: Job,
  { form, first, more }: TransportIdleWorkload,
  collect: () => Promise<void>,
): Promise<Measurement> {
  const crowd = new Crowd(job.target, form);
  const settled = async () => {
    await sleep(SETTLE);
    await collect();
    return residentBytes(job.target.pid);
  };
  await crowd.open(first, { settled: true });
  const before = await Promise.race([settled(), crowd.lost]);
  const meter = new Meter(job.target.pid);
  meter.start({ operations: 0, receivedBytes: 0 });
  await crowd.open(more, { settled: true });
  meter.stop({ operations: more, receivedBytes: 0 });
  const after = await Promise.race([settled(), crowd.lost]);
  return { ...meter.total, residentGrowth: after - before };
}
