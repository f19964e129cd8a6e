import type { FaultName } from "./faults.ts";

/** What a fault takes and does; the table of README.md and the help of the command are made of these rows. */
export interface FaultManual {
  /** Its values; a long form is in braces, with the defaults. */
  readonly takes: string;
  readonly does: string;
  /** Whether it needs HTTP to be understood. */
  readonly level: "HTTP" | "TCP";
}

const DIRECTION = `direction: "both" | "toServer" | "toClient"`;
const LIMITS = "{ ms, toServer: bytes, toClient: bytes }";

function http(takes: string, does: string): FaultManual {
  return { takes, does, level: "HTTP" };
}

function tcp(takes: string, does: string): FaultManual {
  return { takes, does, level: "TCP" };
}

export const FAULT_MANUAL: { readonly [Name in FaultName]: FaultManual } = {
  blockUpgrade: http(
    `"strip" | "mute" | "hang" | status`,
    "strip: takes the headers Upgrade and Connection away. mute: lets the upgrade through and nothing after it. hang: never answers. A status, such as 403 or 502: answers with it.",
  ),
  bufferResponses: http(
    "true | bytes | { bytes: 8 MiB, ms: never, head: false }",
    "Holds the body of a response until it is complete, until so many bytes are held, or so many ms after the first of them; head: the head as well.",
  ),
  bufferRequests: http(
    "true | bytes | { bytes: 8 MiB, ms: never }",
    "The same for a request that has a body; its head is always held too.",
  ),
  truncate: http(
    `bytes | { bytes, how: "fin" | "rst" | "silent" | "complete" }`,
    "Forwards so many bytes of a response's body, without the framing of chunks; when more come the connection is cut, or (complete) the response is ended as if that had been all.",
  ),
  injectStatus: http(
    "status | { status: one or a list, probability: 1 }",
    "Answers requests with a status from 400 to 599 without asking the server.",
  ),
  duplicateRequests: http(
    `true | { methods: "POST", probability: 1, parallel: false }`,
    "Sends a request of up to 1 MiB twice and returns the second answer. The first copy has a connection of its own; parallel: both at once, else the second when the first is answered, or after 10 s.",
  ),
  stripHeaders: http("name | names", "Takes these headers away, from requests and responses."),
  only: http(
    "regular expression",
    "Restricts the faults above, those of HTTP, to requests whose request line it matches, such as GET /live.",
  ),
  rejectConnections: tcp(
    `true | "rst" | "fin" | "hang"`,
    "Ends new connections at once, or takes them and says nothing.",
  ),
  dropEvery: tcp("n", "Resets every nth connection when it comes."),
  delay: tcp(
    `ms | { ms, jitter: 0, ${DIRECTION} }`,
    "Bytes come later by ms and up to jitter ms more, never in another order.",
  ),
  bandwidth: tcp(`bytes per second | { bytes, ${DIRECTION} }`, "Forwards no faster than that, in slices of 20 ms."),
  chunkSize: tcp(`bytes | { bytes, ${DIRECTION} }`, "Forwards in segments of so many bytes at most."),
  corrupt: tcp(
    `n | { every: n, at: n, ${DIRECTION} }`,
    "Flips a bit in every nth byte, or in byte number `at` of the connection, counted from 0. It does not know what the bytes mean.",
  ),
  cutIdle: tcp(
    `ms | { ms, how: "fin" | "rst" | "silent" }`,
    "Cuts a connection that was idle so long in both directions.",
  ),
  cutAfter: tcp(`ms | ${LIMITS}`, "Ends a connection at that age, or after so many bytes in that direction."),
  resetAfter: tcp(`ms | ${LIMITS}`, "The same with a reset."),
  halfOpen: tcp(
    `"both" | "toServer" | "toClient"`,
    "A black hole: what goes in that direction is lost, the end of a peer too. Lasts for the life of a connection.",
  ),
  stall: tcp(
    `"both" | "toServer" | "toClient"`,
    "Reads nothing that goes in that direction; it waits in the peer, and goes on when the fault is off.",
  ),
};
