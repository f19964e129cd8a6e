import { setTimeout as sleep } from "node:timers/promises";
import { checkReplies } from "./check.ts";
import { ClientGroup } from "./client-group.ts";
import type { Job, Measurement, Workload } from "./job.ts";
import { Meter } from "./meter.ts";
import { residentBytes } from "./process-usage.ts";
import { serverAtRest } from "./server-rest.ts";

type IdleWorkload = Extract<Workload, { kind: "idle" }>;

/** What a server still does about a handshake after its answer, e.g. promote objects, is over by then. */
const SETTLE = 300;

/**
 * How often as many as are open before the first look come and go. A server that leaves little garbage has else not
 * filled its young generation by then, and what it fills later would be taken for the connections'.
 */
const BURSTS = 3;

/**
 * Memory of an idle connection as a slope: a process grows once, by tens of megabytes, in its first burst of connections,
 * and that is not the connections' share. What those that went have left is taken up by the first of those that stay.
 *
 * @param collect has the server collect its garbage.
 */
export async function runIdle(
  job: Job,
  { first, more }: IdleWorkload,
  collect: () => Promise<void>,
): Promise<Measurement> {
  const endpoint = { target: job.target, path: "/echo", compression: "none" } as const;
  for (let burst = 0; burst < BURSTS; burst++) {
    const passing = new ClientGroup(endpoint);
    await passing.open(first);
    passing.reset();
    await serverAtRest(job.target);
  }
  const group = new ClientGroup(endpoint);
  await group.open(1);
  await Promise.race([checkReplies(group.clients, { kind: "text", bytes: 64 }), group.lost]);
  const settled = async () => {
    await sleep(SETTLE);
    await collect();
    return residentBytes(job.target.pid);
  };
  await group.open(first - 1);
  const before = await Promise.race([settled(), group.lost]);
  const meter = new Meter(job.target.pid);
  meter.start({ operations: 0, receivedBytes: 0 });
  await group.open(more);
  meter.stop({ operations: more, receivedBytes: 0 });
  const after = await Promise.race([settled(), group.lost]);
  return { ...meter.total, residentGrowth: after - before };
}
