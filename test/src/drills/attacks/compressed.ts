import { constants, deflateRawSync } from "node:zlib";
import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { BINARY, CLOSE, frame } from "../raw-frame.ts";

const OFFER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

const NORMAL_CLOSURE = frame(CLOSE, Buffer.from([0x03, 0xe8]));

/** A message of zeros as RFC 7692 §7.2.1 has it: flushed, without the four bytes at its end. */
function bomb(length: number): Buffer {
  const stream = deflateRawSync(Buffer.alloc(length), { finishFlush: constants.Z_SYNC_FLUSH });
  return frame(BINARY, stream.subarray(0, -4), { compressed: true });
}

async function detonate(field: Field, length: number, after: Buffer): Promise<void> {
  const message = bomb(length);
  await field.upgraded("/sink", OFFER);
  for (const client of field.clients) client.restartClock();
  await field.floodEach(message, field.amount);
  for (const client of field.clients) client.write(after);
}

export const compressed: readonly Attack[] = [
  {
    name: "inflate-bombs",
    title: "99 MiB of zeros, compressed to 100 KB",
    subject: "websocket",
    settings: { compression: true },
    ending: "dropped",
    full: { attackers: 100, amount: 1, bounds: { rss: 80, within: 10 } },
    quick: { attackers: 10, amount: 1, bounds: { rss: 80, within: 5 } },
    run: (field) => detonate(field, 99 * 1024 * 1024, Buffer.alloc(0)),
  },
  {
    name: "inflate-allowed",
    title: "999 000 zeros, compressed to 1 KB, again and again, then a close frame (amount: how often)",
    subject: "websocket",
    settings: { compression: true },
    ending: "dropped",
    // Nothing holds what is retained, and of five such attacks in one process the last adds nothing to it: V8 keeps the heap
    // that it has enlarged, mostly empty, and malloc keeps part of what zlib has freed.
    full: { attackers: 100, amount: 20, bounds: { rss: 80, within: 30, retained: 16 } },
    quick: { attackers: 50, amount: 4, bounds: { rss: 80, within: 10 } },
    run: (field) => detonate(field, 999_000, NORMAL_CLOSURE),
  },
];
