import type { Job, Measurement, Workload } from "../job.ts";
import { ARGUMENT, deliveryOf, requestOf } from "./event-frames.ts";
import { StockCrowd } from "./stock-crowd.ts";

type EventFanOutWorkload = Extract<Workload, { kind: "event-fan-out" }>;

/** Who asks for a broadcast gets it as well. */
export async function runEventFanOut(job: Job, { subscribers, burst }: EventFanOutWorkload): Promise<Measurement> {
  const crowd = await StockCrowd.open(job, subscribers);
  const request = Buffer.concat(new Array(burst).fill(requestOf("publish", ARGUMENT)));
  return await publishAndWait(job, crowd, () => request, subscribers * burst);
}

/** Sends a request; when all its deliveries have come, the next. A delivery is known by its length. */
export async function publishAndWait(
  job: Job,
  crowd: StockCrowd,
  nextRequest: () => Buffer,
  deliveries: number,
): Promise<Measurement> {
  const { length } = deliveryOf("news", ARGUMENT);
  let bytes = 0;
  let roundEnd = deliveries * length;
  const take = (count: number): void => {
    bytes += count;
    if (bytes < roundEnd) return;
    if (bytes > roundEnd) throw new Error(`${bytes - roundEnd} bytes more than the deliveries`);
    roundEnd += deliveries * length;
    crowd.first.write(nextRequest());
  };
  for (const client of crowd.clients) client.count(take);
  crowd.first.write(nextRequest());
  return await crowd.measure(job, () => bytes / length);
}
