import { constants, inflateRawSync } from "node:zlib";
import type { Client } from "./client.ts";
import { COMPRESSED, clientFrame, serverFrame, TEXT } from "./frame.ts";
import { FrameCounter } from "./frame-counter.ts";
import type { Payload } from "./job.ts";
import { opcodeOf, payloadBytes } from "./payload.ts";

const DEADLINE = 10_000;

/** RFC 7692 §7.2.2: what the sender removed is put back before inflating. */
const FLUSH_TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** Sends one message on the first client and compares what each of them gets, byte for byte. */
export async function checkReplies(clients: readonly Client[], payload: Payload): Promise<void> {
  const content = payloadBytes(payload);
  const answers = clients.map(nextFrame);
  clients[0]?.write(clientFrame(opcodeOf(payload), content));
  const expected = serverFrame(opcodeOf(payload), content);
  for (const answer of await Promise.all(answers)) {
    if (!answer.equals(expected)) throw new Error(`wrong answer: ${answer.subarray(0, 80).toString("hex")}`);
  }
}

/** The same for a compressed echo, whose bytes are the server's choice. */
export async function checkDeflatedReply(client: Client, sent: Buffer, content: Buffer): Promise<void> {
  const answer = nextFrame(client);
  client.write(sent);
  const frame = await answer;
  if (frame.readUInt8(0) !== (0x80 | COMPRESSED | TEXT)) throw new Error("the answer is not compressed");
  const payload = frame.subarray(frame.readUInt8(1) < 126 ? 2 : 4);
  const flush = { finishFlush: constants.Z_SYNC_FLUSH };
  if (!inflateRawSync(Buffer.concat([payload, FLUSH_TAIL]), flush).equals(content)) throw new Error("wrong answer");
}

/** The next whole frame; nothing may come behind it. */
function nextFrame(client: Client): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const counter = new FrameCounter();
    const chunks: Buffer[] = [];
    const deadline = setTimeout(() => reject(new Error("no answer within 10 s")), DEADLINE);
    client.onBytes = (count, bytes) => {
      chunks.push(Buffer.from(bytes.subarray(0, count)));
      if (counter.count(bytes, count) === 0) return;
      clearTimeout(deadline);
      client.onBytes = () => {};
      resolve(Buffer.concat(chunks));
    };
  });
}
