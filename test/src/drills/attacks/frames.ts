import { setImmediate as nextTurn } from "node:timers/promises";
import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { BINARY, CONTINUATION, frame, frameHeader, PING, repeated, TEXT } from "../raw-frame.ts";

const UNFINISHED = { fin: false };

/** About as much as a socket takes at once. */
const CHUNK = 64 * 1024;

/** Fragments of one message that never ends, the same one over and over (amount: how many). */
async function fragments(field: Field, payload: string): Promise<void> {
  await field.upgraded("/sink");
  const fragment = frame(CONTINUATION, payload, UNFINISHED);
  const perChunk = Math.min(field.amount, Math.floor(CHUNK / fragment.length));
  for (const client of field.clients) client.write(frame(TEXT, "x", UNFINISHED));
  await field.floodEach(repeated(fragment, perChunk), Math.floor(field.amount / perChunk));
  for (const client of field.clients) if (client.gone === undefined) client.restartClock();
}

async function unreadPongs(field: Field): Promise<void> {
  await field.upgraded("/sink");
  for (const client of field.clients) client.stopReading();
  const ping = frame(PING, Buffer.alloc(125));
  await field.floodEach(repeated(ping, 500), field.amount / 500);
}

/** Begins a message of `declared` bytes and sends `amount` of them. */
async function begin(field: Field, declared: number): Promise<void> {
  await field.upgraded("/sink");
  const chunk = Buffer.alloc(CHUNK);
  await field.each(async (client) => {
    await client.sent(frameHeader(BINARY, declared));
    for (let left = field.amount; left > 0 && client.gone === undefined; left -= CHUNK) {
      await client.sent(chunk.subarray(0, Math.min(left, CHUNK)));
    }
    client.restartClock();
  });
}

/** One byte in a segment, those of all attackers in turn. */
async function byteByByte(field: Field): Promise<void> {
  await field.upgraded("/sink");
  const bytes = frame(BINARY, Buffer.alloc(field.amount));
  field.restartClock();
  for (let at = 0; at < bytes.length && !field.late; at++) {
    for (const client of field.clients) client.write(bytes.subarray(at, at + 1));
    await nextTurn();
  }
}

async function floodMessages(field: Field): Promise<void> {
  await field.upgraded("/sink");
  await field.floodEach(repeated(frame(TEXT, "x"), 500), field.amount / 500);
}

export const frames: readonly Attack[] = [
  {
    name: "silent",
    title: "become a WebSocket and say nothing",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 5000, amount: 1, bounds: { rss: 60, within: 36 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 2.5 } },
    run: async (field) => void (await field.upgraded("/sink")),
  },
  {
    name: "unread-pongs",
    title: "pings of 125 bytes, whose pongs are never read (amount: how many)",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 100, amount: 100_000, bounds: { rss: 10, within: 5 } },
    quick: { attackers: 20, amount: 20_000, bounds: { rss: 10, within: 5 } },
    run: unreadPongs,
  },
  {
    name: "tiny-fragments",
    title: "a message in fragments of one byte, without an end (amount: how many)",
    subject: "websocket",
    ending: "dropped",
    // Twice the payload that 131 072 fragments bring, 7 MB, and 4 MB of reads that wait for their turn.
    full: { attackers: 100, amount: 1_000_000, bounds: { rss: 38, within: 36 } },
    quick: { attackers: 20, amount: 200_000, bounds: { rss: 20, within: 5 } },
    run: (field) => fragments(field, "x"),
  },
  {
    name: "empty-fragments",
    title: "a message in fragments of nothing (amount: how many)",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 100, amount: 1_000_000, bounds: { rss: 7, within: 5 } },
    quick: { attackers: 20, amount: 100_000, bounds: { rss: 7, within: 5 } },
    run: (field) => fragments(field, ""),
  },
  {
    name: "held-fragments",
    title: "16 000 fragments of one byte, then silence",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 100, amount: 16_000, bounds: { rss: 20, within: 36 } },
    quick: { attackers: 100, amount: 16_000, bounds: { rss: 20, within: 4 } },
    run: (field) => fragments(field, "x"),
  },
  {
    name: "huge-frame",
    title: "a frame of 100 MB is declared (amount: bytes that are sent of it)",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 50, amount: 10_000_000, bounds: { rss: 64, within: 5 } },
    quick: { attackers: 10, amount: 5_000_000, bounds: { rss: 24, within: 2 } },
    run: (field) => begin(field, 100_000_000),
  },
  {
    name: "incomplete-messages",
    title: "a message of 1 MB without its last byte (amount: bytes)",
    subject: "websocket",
    ending: "dropped",
    // What is retained is the budget's worth of buffers, until V8 finds a reason to collect garbage in an idle process.
    full: { attackers: 1000, amount: 999_999, bounds: { rss: 96, within: 35, retained: 67 } },
    // The short limits have a budget of 16 MiB.
    quick: { attackers: 80, amount: 999_999, bounds: { rss: 48, within: 4 } },
    run: (field) => begin(field, 1_000_000),
  },
  {
    name: "byte-by-byte",
    title: "a frame in segments of one byte (amount: bytes)",
    subject: "websocket",
    ending: "served",
    full: { attackers: 50, amount: 60_000, bounds: { rss: 10, stall: 50 } },
    quick: { attackers: 20, amount: 4000, bounds: { rss: 10, stall: 200 } },
    run: byteByByte,
  },
  {
    name: "message-flood",
    title: "small messages as fast as they are taken, 200 a second allowed (amount: how many)",
    subject: "websocket",
    settings: { messageRate: 200 },
    ending: "dropped",
    full: { attackers: 1, amount: 500_000, bounds: { rss: 10, within: 5 } },
    quick: { attackers: 1, amount: 100_000, bounds: { rss: 10, within: 5 } },
    run: floodMessages,
  },
];
