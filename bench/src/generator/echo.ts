import { checkReplies } from "./check.ts";
import type { Client } from "./client.ts";
import { ClientGroup } from "./client-group.ts";
import { clientFrame, serverFrame } from "./frame.ts";
import type { Job, Measurement, Workload } from "./job.ts";
import { measureWindow } from "./meter.ts";
import { opcodeOf, payloadBytes } from "./payload.ts";

type EchoWorkload = Extract<Workload, { kind: "echo" }>;

/** A sliding window: as many messages as came back are sent again, in one write. */
export async function runEcho(job: Job, { connections, inFlight, payload }: EchoWorkload): Promise<Measurement> {
  const group = new ClientGroup({ target: job.target, path: "/echo", compression: "none" });
  await group.open(1);
  await Promise.race([checkReplies(group.clients, payload), group.lost]);
  await group.open(connections - 1);

  const content = payloadBytes(payload);
  const frame = clientFrame(opcodeOf(payload), content);
  const replyBytes = serverFrame(opcodeOf(payload), content).length;
  const frames = Buffer.concat(Array.from({ length: inFlight }, () => frame));
  const batches = Array.from({ length: inFlight + 1 }, (_, count) => frames.subarray(0, count * frame.length));

  let receivedBytes = 0;
  const answer = (client: Client) => {
    let pending = 0;
    client.onBytes = (count) => {
      receivedBytes += count;
      pending += count;
      if (pending < replyBytes) return;
      const replies = Math.floor(pending / replyBytes);
      pending -= replies * replyBytes;
      const batch = batches[replies];
      if (batch === undefined) throw new Error(`${replies} answers to ${inFlight} messages`);
      client.write(batch);
    };
  };
  for (const client of group.clients) answer(client);
  for (const client of group.clients) client.write(frames);
  const progress = () => ({ operations: receivedBytes / replyBytes, receivedBytes });
  return await Promise.race([measureWindow(job, progress), group.lost]);
}
