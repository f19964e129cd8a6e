import { setTimeout as pause } from "node:timers/promises";
import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { drip, floodHeaders } from "./handshakes.ts";
import { get, postHead } from "./session.ts";

const LENGTH = "Content-Length: 900000\r\n";

const UNKNOWN = "&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA";

/** Time to send what has been written and to have it parsed. */
const A_MOMENT = 500;

/** Writes `amount` requests at once and reads no answer. */
async function pipeline(field: Field): Promise<void> {
  await field.dialled();
  const requests = get("&transport=polling").repeat(field.amount);
  for (const client of field.clients) {
    client.stopListening();
    client.write(requests);
  }
  await pause(A_MOMENT);
}

export const requests: readonly Attack[] = [
  {
    name: "http-silent-tcp",
    title: "connect and say nothing",
    subject: "server",
    ending: "dropped",
    full: { attackers: 2000, amount: 1, bounds: { rss: 25, within: 15 } },
    quick: { attackers: 200, amount: 1, bounds: { rss: 16, within: 8 } },
    run: async (field) => void (await field.dialled()),
  },
  {
    name: "http-slow-headers",
    title: "one header line at a time, the last never (amount: ms between them)",
    subject: "server",
    ending: "dropped",
    full: { attackers: 2000, amount: 2000, bounds: { rss: 30, within: 15 } },
    quick: { attackers: 200, amount: 200, bounds: { rss: 18, within: 8 } },
    run: (field) => drip(field, get("&transport=polling").slice(0, -2), "X-More: y\r\n"),
  },
  {
    name: "http-header-flood",
    title: "20 KB of headers, again and again (amount: seconds)",
    subject: "server",
    ending: "served",
    full: { attackers: 20, amount: 20, bounds: { rss: 64 } },
    quick: { attackers: 20, amount: 0.5, bounds: { rss: 30 } },
    run: floodHeaders,
  },
  {
    name: "slow-body-refused",
    title: "POST for a session that is not there, with a body that comes byte by byte (amount: ms between them)",
    subject: "server",
    ending: "dropped",
    full: { attackers: 2000, amount: 500, bounds: { rss: 30, within: 5 } },
    quick: { attackers: 100, amount: 200, bounds: { rss: 18, within: 2.5 } },
    run: (field) => drip(field, postHead(UNKNOWN, LENGTH), "x"),
  },
  {
    name: "slow-body-elsewhere",
    title: "POST to a path that is not the server's, with a body that comes byte by byte (amount: ms between them)",
    subject: "server",
    ending: "dropped",
    full: { attackers: 2000, amount: 1000, bounds: { rss: 30, within: 35 } },
    quick: { attackers: 100, amount: 200, bounds: { rss: 18, within: 8 } },
    run: (field) => drip(field, `POST /elsewhere HTTP/1.1\r\nHost: 127.0.0.1\r\n${LENGTH}\r\n`, "x"),
  },
  {
    name: "pipelined-handshakes",
    title: "open sessions on one connection, without reading an answer (amount: how many)",
    subject: "server",
    ending: "forgotten",
    // As those of `never-polled`.
    full: { attackers: 1, amount: 5000, bounds: { rss: 20, within: 12, sessions: 50 } },
    quick: { attackers: 1, amount: 1000, bounds: { rss: 20, within: 12, sessions: 50 } },
    run: pipeline,
  },
];
