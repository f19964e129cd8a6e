import { checkReplies } from "./check.ts";
import { ClientGroup } from "./client-group.ts";
import type { Job, Measurement, Workload } from "./job.ts";
import { Meter } from "./meter.ts";
import { serverAtRest } from "./server-rest.ts";

type HandshakeWorkload = Extract<Workload, { kind: "handshake" }>;

/**
 * Only the opening is measured. A wave stays open until it is complete, then all of it is reset, and the server has time
 * to see that: what the end of a connection costs is not in the figure.
 */
export async function runHandshakes(job: Job, { wave, inFlight }: HandshakeWorkload): Promise<Measurement> {
  const endpoint = { target: job.target, path: "/echo", compression: "none" } as const;
  const first = new ClientGroup(endpoint);
  await first.open(1);
  await Promise.race([checkReplies(first.clients, { kind: "text", bytes: 64 }), first.lost]);

  const began = performance.now();
  while (performance.now() - began < job.warmUp * 1000) await runWave(new ClientGroup(endpoint), wave, inFlight, job);
  const meter = new Meter(job.target.pid);
  let opened = 0;
  while (meter.total.seconds < job.seconds) {
    const group = new ClientGroup(endpoint);
    meter.start({ operations: opened, receivedBytes: 0 });
    await group.open(wave, inFlight);
    opened += wave;
    meter.stop({ operations: opened, receivedBytes: 0 });
    await clearAway(group, job);
  }
  return meter.total;
}

async function runWave(group: ClientGroup, wave: number, inFlight: number, job: Job): Promise<void> {
  await group.open(wave, inFlight);
  await clearAway(group, job);
}

async function clearAway(group: ClientGroup, { target }: Job): Promise<void> {
  group.reset();
  await serverAtRest(target);
}
