import { setTimeout as pause } from "node:timers/promises";
import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { RawClient, upgradeRequest } from "../raw-client.ts";

/** More than the 16 KB of headers that are accepted. */
const FLOODED_HEADERS = upgradeRequest("/sink").replace("\r\n", `\r\nX-Flood: ${"x".repeat(20 * 1024)}\r\n`);

/** Writes the beginning, then a little more every `amount` milliseconds for as long as anybody listens. */
export async function drip(field: Field, beginning: string, more: string): Promise<void> {
  await field.crowd(async () => {
    const client = await RawClient.dial(field.port);
    client.write(beginning);
    return client;
  });
  await dripOn(field, more);
}

/** Has all go on like that. */
export async function dripOn(field: Field, more: string): Promise<void> {
  while (!field.over) {
    await pause(field.amount);
    for (const client of field.clients) client.write(more);
  }
}

export async function floodHeaders(field: Field): Promise<void> {
  const end = performance.now() + field.amount * 1000;
  const refused = async (): Promise<void> => {
    while (performance.now() < end) {
      const client = await RawClient.dial(field.port);
      client.write(FLOODED_HEADERS);
      await new Promise<void>((resolve) => client.onGone(resolve));
      field.note(client.ending);
    }
  };
  await Promise.all(Array.from({ length: field.attackers }, refused));
}

/** Connects, and again when that fails; the row allows two failures. */
async function comeBack(field: Field, connect: () => Promise<RawClient>): Promise<void> {
  for (let failed = 0; !field.late; failed++) {
    try {
      field.clients.push(await connect());
      return;
    } catch {
      if (failed === 2) field.failures++;
    }
  }
  field.failures++;
}

/** Connects all, some at a time, and then once more, all at the same time. */
export async function storm(field: Field, connect: () => Promise<RawClient>): Promise<void> {
  await field.crowd(connect);
  for (const client of field.clients.splice(0)) client.reset();
  field.restartClock();
  await Promise.all(Array.from({ length: field.attackers }, () => comeBack(field, connect)));
}

async function reconnect(field: Field): Promise<void> {
  let left = field.amount;
  const again = async (): Promise<void> => {
    while (left-- > 0) (await RawClient.upgrade(field.port, "/sink")).reset();
  };
  await Promise.all(Array.from({ length: field.attackers }, again));
}

export const handshakes: readonly Attack[] = [
  {
    name: "silent-tcp",
    title: "connect and say nothing",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 2000, amount: 1, bounds: { rss: 25, within: 15 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 16, within: 2 } },
    run: async (field) => void (await field.dialled()),
  },
  {
    name: "slow-headers",
    title: "one header line at a time, the last never (amount: ms between them)",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 2000, amount: 2000, bounds: { rss: 30, within: 15 } },
    quick: { attackers: 500, amount: 200, bounds: { rss: 18, within: 2 } },
    run: (field) => drip(field, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-More: y\r\n"),
  },
  {
    name: "slow-body",
    title: "POST with a body that comes byte by byte (amount: ms between them)",
    subject: "websocket",
    ending: "dropped",
    full: { attackers: 2000, amount: 1000, bounds: { rss: 30, within: 35 } },
    quick: { attackers: 500, amount: 200, bounds: { rss: 18, within: 2 } },
    run: (field) => drip(field, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n", "x"),
  },
  {
    name: "header-flood",
    title: "20 KB of headers, again and again (amount: seconds)",
    subject: "websocket",
    ending: "served",
    full: { attackers: 20, amount: 20, bounds: { rss: 64 } },
    quick: { attackers: 20, amount: 0.5, bounds: { rss: 64 } },
    run: floodHeaders,
  },
  {
    name: "reconnects",
    title: "open and reset, as fast as can be (amount: how often)",
    subject: "websocket",
    ending: "served",
    // 2 500 a second.
    full: { attackers: 50, amount: 10_000, bounds: { within: 4, p99: 30 } },
    quick: { attackers: 50, amount: 500, bounds: { within: 2 } },
    run: reconnect,
  },
  {
    name: "reconnect-storm",
    title: "all lose their connection and come back at once",
    subject: "websocket",
    ending: "served",
    full: { attackers: 10_000, amount: 1, bounds: { within: 15 } },
    quick: { attackers: 500, amount: 1, bounds: { within: 5 } },
    run: (field) => storm(field, () => RawClient.upgrade(field.port, "/sink")),
  },
];
