import type { Job, Measurement } from "../job.ts";
import { measureWindow } from "../meter.ts";
import type { Tally } from "./tally.ts";

/** `measureWindow`, and what the clients put on the wire meanwhile. `operations` is asked at the beginning and the end. */
export async function measureTraffic(job: Job, tally: Tally, operations: () => number): Promise<Measurement> {
  // What the clocks begin with is taken off what they end with.
  let sentBytes = 0;
  let requests = 0;
  const measurement = await measureWindow(job, () => {
    sentBytes = tally.sentBytes - sentBytes;
    requests = tally.requests - requests;
    return { operations: operations(), receivedBytes: tally.receivedBytes };
  });
  return { ...measurement, traffic: { sentBytes, requests } };
}
