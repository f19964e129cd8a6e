import type { Job, Measurement, Workload } from "../job.ts";
import { exchangeOf } from "./event-frames.ts";
import { StockCrowd } from "./stock-crowd.ts";
import type { StockWebSocket } from "./stock-websocket.ts";

type EventEchoWorkload = Extract<Workload, { kind: "event-echo" }>;

/** As many questions as were answered are asked again. An answer is known by its length: that is checked first. */
export async function runEventEcho(job: Job, workload: EventEchoWorkload): Promise<Measurement> {
  const { question, answer } = exchangeOf(workload.question);
  const crowd = await StockCrowd.open(job, workload.connections);
  await crowd.unlessLost(checkLength(crowd.first, question, answer.length));
  const repeated: Buffer[] = [];
  let bytes = 0;
  for (const client of crowd.clients) {
    let owed = 0;
    client.count((count) => {
      bytes += count;
      owed += count;
      const answers = Math.floor(owed / answer.length);
      if (answers === 0) return;
      owed -= answers * answer.length;
      repeated[answers] ??= repeat(question, answers);
      client.write(repeated[answers]);
    });
    client.write(repeat(question, workload.inFlight));
  }
  return await crowd.measure(job, () => bytes / answer.length);
}

/** Asks a few times and counts what comes: neither less nor more. */
async function checkLength(client: StockWebSocket, question: Buffer, length: number): Promise<void> {
  const times = 3;
  let got = 0;
  const complete = new Promise<void>((resolve) => {
    client.count((count) => {
      got += count;
      if (got >= times * length) setTimeout(resolve, 50);
    });
  });
  for (let time = 0; time < times; time++) client.write(question);
  await complete;
  if (got !== times * length) throw new Error(`${got} bytes of answers where ${times * length} were expected`);
}

function repeat(frames: Buffer, times: number): Buffer {
  return Buffer.concat(new Array<Buffer>(times).fill(frames));
}
