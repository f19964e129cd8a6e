import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { frame, TEXT } from "../raw-frame.ts";

/** Asks for `amount` messages of 64 KiB; the path says whether they are for one or for all. */
async function neverRead(field: Field, path: string, asking: number): Promise<void> {
  const clients = await field.upgraded(path);
  for (const client of clients) client.stopReading();
  for (const client of clients) client.restartClock();
  for (const client of clients.slice(0, asking)) client.write(frame(TEXT, String(field.amount)));
}

export const nonReaders: readonly Attack[] = [
  {
    name: "non-reader",
    title: "never read what the server sends, to each its own (amount: messages of 64 KiB)",
    subject: "websocket",
    ending: "dropped",
    // 1 MiB each, 32 MiB for all together, and 32 MB of messages that are garbage and not collected yet.
    // The same may be retained, until V8 finds a reason to collect garbage in an idle process.
    full: { attackers: 50, amount: 3000, bounds: { rss: 118, within: 10, retained: 118 } },
    quick: { attackers: 10, amount: 600, bounds: { rss: 43, within: 3 } },
    run: (field) => neverRead(field, "/push", field.attackers),
  },
  {
    name: "broadcast-non-readers",
    title: "never read what the server sends, the same to all (amount: messages of 64 KiB)",
    subject: "websocket",
    ending: "dropped",
    // The kernel buffers 4 MB for each: more than these, and its memory for TCP is what runs out first.
    full: { attackers: 300, amount: 1000, bounds: { rss: 128, within: 10 } },
    quick: { attackers: 50, amount: 600, bounds: { rss: 40, within: 5 } },
    run: (field) => neverRead(field, "/broadcast", 1),
  },
];
