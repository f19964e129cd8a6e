import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { HttpClient } from "../http-client.ts";
import { dripOn } from "./handshakes.ts";
import { connectByPolling, openByPolling, pollingAt, post, postHead, SEPARATOR } from "./session.ts";

/** About as much as a socket takes at once. */
const CHUNK = 64 * 1024;

/** The most packets of one body that are accepted. */
const FULL_BODY = 16_384;

/** Of the body that a slow link brings. */
const SLOW_PIECES = 12;

const PONG = "6";
const EVENT = "42[1]";

/** Has every attacker open a session and begin to post to it, on one connection. */
async function beginPosts(field: Field, headers: string): Promise<void> {
  await field.crowd(async () => {
    const http = await HttpClient.dial(field.port);
    const id = await openByPolling(http);
    http.raw.write(postHead(pollingAt(id), headers));
    http.raw.restartClock();
    return http.raw;
  });
}

async function slowBody(field: Field): Promise<void> {
  await beginPosts(field, "Content-Length: 900000\r\n");
  await dripOn(field, "4");
}

/** Posts a body as a slow link brings it, 1 KB at a time; whoever is refused has failed. */
async function slowLinks(field: Field): Promise<void> {
  const piece = `${SEPARATOR}${PONG}`.repeat(512);
  const head = `Content-Length: ${PONG.length + SLOW_PIECES * piece.length}\r\n`;
  await Promise.all(
    Array.from({ length: field.attackers }, async () => {
      const http = await HttpClient.dial(field.port);
      const id = await openByPolling(http);
      const answered = http.ask(postHead(pollingAt(id), head) + PONG).catch(() => undefined);
      for (let sent = 0; sent < SLOW_PIECES; sent++) {
        await pause(field.amount);
        http.raw.write(piece);
      }
      const status = (await answered)?.status;
      if (status !== 200) field.failures++;
      field.note(String(status ?? http.raw.ending));
    }),
  );
}

/** Posts `amount` bytes and more than is accepted. */
async function largeBody(field: Field, headers: string, chunk: Buffer): Promise<void> {
  await beginPosts(field, headers);
  await field.floodEach(chunk, Math.ceil(field.amount / CHUNK));
}

function inChunks(): Buffer {
  return Buffer.concat([Buffer.from(`${CHUNK.toString(16)}\r\n`), Buffer.alloc(CHUNK, "4"), Buffer.from("\r\n")]);
}

function packets(packet: string, count: number): string {
  return `${packet}${SEPARATOR}`.repeat(count).slice(0, -1);
}

/** Has every attacker open a session, and then all post at the same time; whoever gets no answer has failed. */
async function postAtOnce(field: Field, times: number, body: string, open = openByPolling): Promise<void> {
  const ready: { readonly http: HttpClient; readonly request: Buffer }[] = [];
  const dial = (): Promise<HttpClient> => HttpClient.dial(field.port);
  for (let index = 0; index < field.attackers; index++) {
    const http = await dial();
    ready.push({ http, request: Buffer.from(post(pollingAt(await open(http)), body)) });
  }
  field.restartClock();
  await Promise.all(
    ready.map(async ({ http, request }) => {
      for (let time = 0; time < times && !field.late; time++) {
        const answer = await http.ask(request).catch(() => undefined);
        if (answer === undefined) field.failures++;
        field.note(String(answer?.status ?? http.raw.ending));
        if (answer?.status !== 200) break;
      }
    }),
  );
}

/** A form is taken for a body when the query says `j`; every newline in it is written as six bytes. */
async function escapedForms(field: Field): Promise<void> {
  const form = `d=4${"%5C%6E".repeat(Math.floor((field.amount - 3) / 6))}`;
  const head = `Content-Length: ${form.length}\r\n`;
  await Promise.all(
    Array.from({ length: field.attackers }, async () => {
      const http = await HttpClient.dial(field.port);
      const id = await openByPolling(http, "&j=0");
      const request = postHead(`${pollingAt(id)}&j=0`, head).replace("text/plain", "application/x-www-form-urlencoded");
      const { status } = await http.ask(request + form);
      field.note(String(status));
    }),
  );
}

/** Nobody undoes a compression, so what comes is no text; whoever is told otherwise has failed. */
async function compressedBodies(field: Field): Promise<void> {
  const bomb = gzipSync(Buffer.alloc(99 * 1024 * 1024, PONG));
  const head = `Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`;
  await Promise.all(
    Array.from({ length: field.attackers }, async () => {
      for (let time = 0; time < field.amount && !field.late; time++) {
        const http = await HttpClient.dial(field.port);
        const id = await openByPolling(http);
        const { status } = await http.ask(Buffer.concat([Buffer.from(postHead(pollingAt(id), head)), bomb]));
        field.note(String(status));
        if (status < 400) field.failures++;
        http.raw.reset();
      }
    }),
  );
}

export const bodies: readonly Attack[] = [
  {
    name: "slow-body-session",
    title: "POST to a session, with a body that comes byte by byte (amount: ms between them)",
    subject: "server",
    ending: "dropped",
    // Each has a connection, a request and a session: 30 KB. 6 s until the pace is judged, 1 s in which the refusal is read,
    // and the ticks of the wheel.
    full: { attackers: 2000, amount: 1000, bounds: { rss: 60, within: 10 } },
    quick: { attackers: 100, amount: 200, bounds: { rss: 20, within: 8 } },
    run: slowBody,
  },
  {
    name: "slow-links",
    title: "POST 12 KB as a slow link brings them, 1 KB at a time (amount: ms between them)",
    subject: "server",
    ending: "served",
    full: { attackers: 200, amount: 1000, bounds: { rss: 30, within: 30 } },
    quick: { attackers: 50, amount: 20, bounds: { rss: 20, within: 8 } },
    run: slowLinks,
  },
  {
    name: "large-body",
    title: "POST of a declared 100 MB (amount: bytes that are sent of it)",
    subject: "server",
    ending: "dropped",
    full: { attackers: 50, amount: 10_000_000, bounds: { rss: 64, within: 5 } },
    quick: { attackers: 10, amount: 5_000_000, bounds: { rss: 48, within: 8 } },
    run: (field) => largeBody(field, "Content-Length: 100000000\r\n", Buffer.alloc(CHUNK, "4")),
  },
  {
    name: "large-chunked-body",
    title: "POST in chunks without an end (amount: bytes that are sent)",
    subject: "server",
    ending: "dropped",
    // Up to 1 MB each is kept, and as much is on its way. Nothing holds what is retained: these are buffers that are garbage,
    // until V8 finds a reason to collect it in an idle process.
    full: { attackers: 50, amount: 10_000_000, bounds: { rss: 118, within: 5, retained: 100 } },
    quick: { attackers: 10, amount: 5_000_000, bounds: { rss: 48, within: 8 } },
    run: (field) => largeBody(field, "Transfer-Encoding: chunked\r\n", inChunks()),
  },
  {
    name: "many-packets",
    title: "one body of packets of one byte (amount: how many)",
    subject: "server",
    ending: "served",
    full: { attackers: 1, amount: 499_999, bounds: { rss: 20, within: 5, stall: 25 } },
    quick: { attackers: 1, amount: 499_999, bounds: { rss: 20, within: 8 } },
    run: (field) => postAtOnce(field, 1, packets(PONG, field.amount)),
  },
  {
    name: "many-packets-at-once",
    title: "bodies of packets of one byte, all at the same time (amount: how many)",
    subject: "server",
    ending: "served",
    full: { attackers: 20, amount: 499_999, bounds: { rss: 60, within: 5, stall: 25 } },
    quick: { attackers: 20, amount: 499_999, bounds: { rss: 80, within: 8 } },
    run: (field) => postAtOnce(field, 1, packets(PONG, field.amount)),
  },
  {
    name: "event-posts",
    title: "bodies of 16 384 events, each after the answer to the last (amount: bodies)",
    subject: "server",
    ending: "served",
    full: { attackers: 20, amount: 20, bounds: { rss: 60, within: 60, stall: 25 } },
    quick: { attackers: 10, amount: 2, bounds: { rss: 60, within: 12 } },
    run: (field) => postAtOnce(field, field.amount, packets(EVENT, FULL_BODY), connectByPolling),
  },
  {
    name: "jsonp-escapes",
    title: "forms of nothing but escapes (amount: bytes)",
    subject: "server",
    settings: { jsonp: true },
    ending: "served",
    // A form, its text and what is taken from it: 2 MB each. Retained as in `large-chunked-body`.
    full: { attackers: 20, amount: 1_000_000, bounds: { rss: 60, within: 5, stall: 50, retained: 40 } },
    quick: { attackers: 10, amount: 1_000_000, bounds: { rss: 40, within: 8 } },
    run: escapedForms,
  },
  {
    name: "compressed-bodies",
    title: "99 MiB of packets, compressed to 100 KB (amount: how often)",
    subject: "server",
    ending: "served",
    full: { attackers: 20, amount: 20, bounds: { rss: 60, within: 20 } },
    quick: { attackers: 5, amount: 2, bounds: { rss: 30, within: 8 } },
    run: compressedBodies,
  },
];
