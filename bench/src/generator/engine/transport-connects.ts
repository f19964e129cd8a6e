import type { Job, Measurement, Workload } from "../job.ts";
import { Meter } from "../meter.ts";
import { serverAtRest } from "../server-rest.ts";
import { Crowd } from "./crowd.ts";

type TransportConnectsWorkload = Extract<Workload, { kind: "transport-connects" }>;

/** All of a client's beginning: handshake, CONNECT, its answer, and what then waits for events. The end is not measured. */
export async function runTransportConnects(
  job: Job,
  { form, wave, inFlight }: TransportConnectsWorkload,
): Promise<Measurement> {
  const began = performance.now();
  const runWave = async (started: () => void, stopped: () => void) => {
    const crowd = new Crowd(job.target, form);
    started();
    await crowd.open(wave, { inFlight });
    stopped();
    crowd.reset();
    await serverAtRest(job.target);
  };
  do
    await runWave(
      () => {},
      () => {},
    );
  while (performance.now() - began < job.warmUp * 1000);
  const meter = new Meter(job.target.pid);
  let opened = 0;
  while (meter.total.seconds < job.seconds) {
    await runWave(
      () => meter.start({ operations: opened, receivedBytes: 0 }),
      () => {
        opened += wave;
        meter.stop({ operations: opened, receivedBytes: 0 });
      },
    );
  }
  return meter.total;
}
