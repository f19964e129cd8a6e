import { randomInt } from "node:crypto";

/** What a ping of ours brings, and a pong has to bring back. */
export function probePayload(): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(randomInt(2 ** 32));
  return payload;
}
