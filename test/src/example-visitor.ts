/**
 * What the world sees of an example: `example-visitor.js URL` asks for its pages, talks to it with two clients over two
 * transports each, prints what came of it as one line of JSON, and stays until the server has disconnected everybody.
 * A process of its own, because only `NODE_EXTRA_CA_CERTS` makes the built-in fetch trust a certificate.
 */
import { io as everwire } from "@everwire/client";
import { io as official } from "socket.io-client";
import { nextEvent } from "./waiting.ts";

const url = process.argv[2] ?? "";

/** The part that both clients have. */
interface Client {
  readonly id?: string | undefined;
  once(event: string, listener: (...args: never[]) => void): unknown;
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>;
}

const ways: readonly (readonly [string, () => Client])[] = [
  ["official, websocket", () => official(url, { transports: ["websocket"], forceNew: true, reconnection: false })],
  ["official, polling", () => official(url, { transports: ["polling"], forceNew: true, reconnection: false })],
  ["ours, websocket", () => everwire(url, { transports: ["websocket"], forceNew: true, reconnection: false })],
  ["ours, polling", () => everwire(url, { transports: ["polling"], forceNew: true, reconnection: false })],
];

async function page(path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.text() };
}

async function connected(open: () => Client): Promise<Client> {
  const client = open();
  await nextEvent(client, "connect");
  return client;
}

const pages = { home: await page("/"), missing: await page("/missing"), engine: await page("/socket.io/?EIO=4") };

const departures: Promise<unknown>[] = [];
const talks: Record<string, unknown> = {};
for (const [way, open] of ways) {
  const speaker = await connected(open);
  const hearer = await connected(open);
  const said = nextEvent(hearer, "said");
  const receipt = await speaker.emitWithAck("say", `é over ${way}`);
  const [from, text] = await said;
  talks[way] = { receipt, text, bySpeaker: from === speaker.id };
  departures.push(...[speaker, hearer].map((client) => nextEvent(client, "disconnect", 30_000)));
}

console.log(`visited ${JSON.stringify({ pages, talks })}`);
await Promise.all(departures);
console.log("everybody was disconnected");
