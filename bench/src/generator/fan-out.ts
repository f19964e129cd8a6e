import { checkReplies } from "./check.ts";
import { ClientGroup } from "./client-group.ts";
import { clientFrame, serverFrame } from "./frame.ts";
import type { Job, Measurement, Workload } from "./job.ts";
import { measureWindow } from "./meter.ts";
import { opcodeOf, payloadBytes } from "./payload.ts";

type FanOutWorkload = Extract<Workload, { kind: "fan-out" }>;

/** The publisher is a subscriber as well: one more delivery than there are other subscribers. */
export async function runFanOut(job: Job, { subscribers, burst, payload }: FanOutWorkload): Promise<Measurement> {
  const group = new ClientGroup({ target: job.target, path: "/fan-out", compression: "none" });
  await group.open(2);
  await Promise.race([checkReplies(group.clients, payload), group.lost]);
  await group.open(subscribers - 1);

  const [publisher] = group.clients;
  if (publisher === undefined) throw new Error("nobody publishes");
  const content = payloadBytes(payload);
  const deliveryBytes = serverFrame(opcodeOf(payload), content).length;
  const frames = Buffer.concat(Array.from({ length: burst }, () => clientFrame(opcodeOf(payload), content)));
  const roundBytes = group.clients.length * burst * deliveryBytes;

  let receivedBytes = 0;
  let roundEnd = roundBytes;
  const receive = (count: number) => {
    receivedBytes += count;
    if (receivedBytes < roundEnd) return;
    roundEnd += roundBytes;
    publisher.write(frames);
  };
  for (const client of group.clients) client.onBytes = receive;
  publisher.write(frames);
  const progress = () => ({ operations: receivedBytes / deliveryBytes, receivedBytes });
  return await Promise.race([measureWindow(job, progress), group.lost]);
}
