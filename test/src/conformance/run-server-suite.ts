import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { runCases } from "./case-pool.ts";
import { serverCases } from "./catalogue.ts";
import type { AnswerExpectation, CaseResult, FrameCase, RequestCase } from "./conformance-case.ts";
import { readAgreement } from "./deflate-agreement.ts";
import { Exchange } from "./exchange.ts";
import { type HttpHead, headerLists, headerValue, parseHead, statusOf } from "./http-head.ts";
import { acceptanceFault, randomKey, requestText } from "./opening-handshake.ts";
import { RawSocket } from "./raw-socket.ts";
import { failed, judgeExchange, PASS, skipped, tolerated, type Verdict } from "./verdict.ts";
import { type Random, randomFrom } from "./wire-frame.ts";

export interface ServerSuiteOptions {
  /** Only cases whose id contains one of these; all by default. */
  readonly filter?: readonly string[];
  /** Cases at a time; 16. */
  readonly parallel?: number;
  /** How long a case may take, in milliseconds; 10 000. */
  readonly deadline?: number;
  /** The longest message the server accepts, in bytes. Cases about it are skipped when it is not known. */
  readonly maxPayload?: number;
  /** Another value gives other random splits and masking keys; the same value the same. */
  readonly seed?: string;
  /** For wss: whether the certificate need not be valid; false. */
  readonly insecure?: boolean;
}

interface Settings {
  readonly url: URL;
  readonly deadline: number;
  readonly seed: string;
  readonly insecure: boolean;
  readonly limitKnown: boolean;
}

/** Runs the cases for servers against the echo server at `url`, ws: or wss:. A case that cannot connect has failed. */
export function runServerSuite(url: string | URL, options: ServerSuiteOptions = {}): Promise<CaseResult[]> {
  const settings: Settings = {
    url: new URL(url),
    deadline: options.deadline ?? 10_000,
    seed: options.seed ?? "everwire",
    insecure: options.insecure ?? false,
    limitKnown: options.maxPayload !== undefined,
  };
  const cases = serverCases(options);
  return runCases(cases, options.parallel ?? 16, (row) => runCase(row, settings));
}

async function runCase(row: FrameCase | RequestCase, settings: Settings): Promise<Verdict> {
  if (row.needs === "limit" && !settings.limitKnown) return skipped("the longest message accepted is not known");
  const socket = new RawSocket(dial(settings), settings.deadline);
  // Each case has its own source of chance: what it does is the same alone as among all the others.
  const random = randomFrom(settings.seed + row.id);
  try {
    if (row.kind === "frames") return await playFrames(row, socket, random, settings.url);
    return await playRequest(row, socket, random, settings.url);
  } finally {
    socket.destroy();
  }
}

function dial({ url, insecure }: Settings): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol !== "wss:") return connectTcp({ host, port: Number(url.port || 80) });
  // RFC 6066 §3: a server name is never an address.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port: Number(url.port || 443), ...name, rejectUnauthorized: !insecure });
}

function fill(text: string, url: URL, key: string): string {
  const path = url.pathname + url.search;
  return text.replaceAll("{host}", url.host).replaceAll("{path}", path).replaceAll("{key}", key);
}

/** The handshake must succeed, whatever the case is about; what it agrees on decides whether the case can run. */
async function playFrames(row: FrameCase, socket: RawSocket, random: Random, url: URL): Promise<Verdict> {
  const key = randomKey(random);
  const offer = row.terms?.offer;
  const changes = offer === undefined ? {} : { set: {}, add: [["Sec-WebSocket-Extensions", offer]] as const };
  const request = Buffer.from(fill(requestText(changes), url, key), "latin1");
  const exchange = new Exchange(socket, "client", random);
  const early = exchange.opening(row);
  await socket.deliver(Buffer.concat([request, early.bytes]), earlyDelivery(row), random, () => socket.peerEnded);
  const text = await socket.head();
  if (text === undefined) return failed(socket.late ? "no answer to the handshake" : "no connection, or no answer");
  const answer = parseHead(text);
  const fault = acceptanceFault(answer, key);
  if (fault !== undefined) return failed(fault);
  const agreement = readAgreement(answer, offer);
  if (agreement instanceof Error) return failed(agreement.message);
  if (offer !== undefined && agreement === "none") return skipped("the server declined permessage-deflate");
  if (row.terms?.takeover === true && agreement !== "none" && agreement.clientForgets) {
    return skipped("the server wants no context takeover");
  }
  exchange.start(agreement);
  await exchange.play(row, early.rest);
  return judgeExchange(row, exchange, socket);
}

/** A handshake on its own is written whole: how it may be cut has cases of its own. */
function earlyDelivery(row: FrameCase): "whole" | "bytes" | "split" {
  if (row.early !== true || row.delivery === undefined || row.delivery === "edges") return "whole";
  return row.delivery;
}

/** Sends one handshake, right or wrong, and judges the answer alone. */
async function playRequest(row: RequestCase, socket: RawSocket, random: Random, url: URL): Promise<Verdict> {
  const key = randomKey(random);
  const bytes = Buffer.from(fill(row.send, url, key), "latin1");
  await socket.deliver(bytes, row.delivery ?? "whole", random, () => socket.peerEnded);
  const text = await socket.head();
  if (text === undefined) return judgeSilence(row.expect, socket);
  if (row.expect.forbidden !== undefined) {
    // Whatever else is answered comes before the end of the connection.
    socket.finish();
    await socket.until(() => socket.peerEnded);
    if (socket.pending.includes(row.expect.forbidden)) return failed("what followed a refused handshake was echoed");
  }
  // A row may bring a key of its own, which the answer must fit then.
  const usedKey = /^Sec-WebSocket-Key:[ \t]*(.*?)[ \t]*\r$/im.exec(bytes.toString("latin1"))?.[1] ?? key;
  return judgeAnswer(row, parseHead(text), usedKey);
}

/** RFC 6455 §4.2.2 wants an HTTP error; a server that only hangs up has refused, too. */
function judgeSilence({ silence }: AnswerExpectation, socket: RawSocket): Verdict {
  if (!socket.peerEnded) return failed("neither an answer nor an end of the connection before the deadline");
  return silence === true ? PASS : tolerated("the connection was closed without an answer");
}

/** An answer of 101 must be right in itself, even where a refusal would have been as good. */
function judgeAnswer({ expect, send }: RequestCase, answer: HttpHead, key: string): Verdict {
  const status = statusOf(answer);
  if (status === 101) {
    const fault = acceptanceFault(answer, key) ?? choiceFault(expect, answer, send);
    if (fault !== undefined) return failed(fault);
  }
  const wanted = `wanted ${expect.status.join(" or ")}; got "${answer.startLine}"`;
  if (!expect.status.includes(status)) return isTolerated(expect, status) ? tolerated(wanted) : failed(wanted);
  if (status === 101) return PASS;
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    if (!headerLists(answer, name, value.toLowerCase())) return tolerated(`${status} without "${name}: ${value}"`);
  }
  return PASS;
}

function isTolerated({ tolerate = [] }: AnswerExpectation, status: number): boolean {
  return tolerate.some((one) => {
    if (one === "any") return status !== 101;
    return one === "refusal" ? status >= 400 && status < 600 : one === status;
  });
}

/** What is wrong with the subprotocol and the extensions that an answer of 101 chooses. */
function choiceFault(expect: AnswerExpectation, answer: HttpHead, request: string): string | undefined {
  const protocol = headerValue(answer, "sec-websocket-protocol");
  if (protocol !== undefined && !(expect.protocols ?? []).includes(protocol)) return `it chose protocol "${protocol}"`;
  if (expect.accept !== undefined && headerValue(answer, "sec-websocket-accept") !== expect.accept) {
    return "Sec-WebSocket-Accept is not the one of the RFC's example";
  }
  const extension = headerValue(answer, "sec-websocket-extensions");
  if (extension === undefined) return undefined;
  if (expect.extension !== "fitting") return `it chose the extension "${extension}"`;
  const offers = [...request.matchAll(/^Sec-WebSocket-Extensions:(.*)\r$/gim)].map(([, value]) => value);
  const agreement = readAgreement(answer, offers.join(","));
  return agreement instanceof Error ? agreement.message : undefined;
}
