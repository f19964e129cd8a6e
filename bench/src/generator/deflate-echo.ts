import { checkDeflatedReply } from "./check.ts";
import type { Client } from "./client.ts";
import { ClientGroup } from "./client-group.ts";
import { type FrameScript, freshFrames, takeoverFrames } from "./deflated-frames.ts";
import { FrameCounter } from "./frame-counter.ts";
import type { Job, Measurement, Workload } from "./job.ts";
import { measureWindow } from "./meter.ts";
import { jsonMessages } from "./payload.ts";

type DeflateEchoWorkload = Extract<Workload, { kind: "deflate-echo" }>;

const MESSAGES = 64;
const MESSAGE_BYTES = 1024;

/** One message in flight; the answers' lengths are the server's choice, so frames are counted rather than bytes. */
export async function runDeflateEcho(job: Job, workload: DeflateEchoWorkload): Promise<Measurement> {
  const { connections, compression } = workload;
  const messages = jsonMessages(MESSAGES, MESSAGE_BYTES);
  const script = compression === "fresh" ? freshFrames(messages) : await takeoverFrames(messages);
  const endpoint = { target: job.target, path: "/echo", compression };
  await checkOne(new ClientGroup(endpoint), script, messages);

  const group = new ClientGroup(endpoint);
  await group.open(connections);
  let operations = 0;
  let receivedBytes = 0;
  const answer = (client: Client) => {
    const counter = new FrameCounter();
    const frames = played(script);
    const sendNext = () => client.write(frames.next().value);
    client.onBytes = (count, bytes) => {
      receivedBytes += count;
      const replies = counter.count(bytes, count);
      operations += replies;
      for (let reply = 0; reply < replies; reply++) sendNext();
    };
    sendNext();
  };
  for (const client of group.clients) answer(client);
  return await Promise.race([measureWindow(job, () => ({ operations, receivedBytes })), group.lost]);
}

/** On a connection of its own: its compression context has moved on after it. */
async function checkOne(group: ClientGroup, script: FrameScript, messages: readonly Buffer[]): Promise<void> {
  await group.open(1);
  const [client] = group.clients;
  const [frame] = script.first.length > 0 ? script.first : script.loop;
  const [content] = messages;
  if (client === undefined || frame === undefined || content === undefined) throw new Error("nothing to check");
  await Promise.race([checkDeflatedReply(client, frame, content), group.lost]);
  group.reset();
}

function* played({ first, loop }: FrameScript): Generator<Buffer, never> {
  yield* first;
  for (;;) yield* loop;
}
