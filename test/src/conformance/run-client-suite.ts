import { createServer, type Server, type Socket } from "node:net";
import { runCases } from "./case-pool.ts";
import { clientCases } from "./catalogue.ts";
import type { AnswerCase, CaseResult, FrameCase } from "./conformance-case.ts";
import { readAgreement } from "./deflate-agreement.ts";
import { Exchange } from "./exchange.ts";
import { type HttpHead, headerValue, parseHead } from "./http-head.ts";
import { acceptOf, answerText, requestFault } from "./opening-handshake.ts";
import { RawSocket } from "./raw-socket.ts";
import { failed, judgeExchange, PASS, skipped, tolerated, type Verdict } from "./verdict.ts";
import { encodeWireFrame, type Random, randomFrom, TEXT } from "./wire-frame.ts";

export interface ClientSuiteOptions {
  /** Only cases whose id contains one of these; all by default. */
  readonly filter?: readonly string[];
  /** Cases at a time; 16. */
  readonly parallel?: number;
  /** How long a case may take, in milliseconds; 10 000. */
  readonly deadline?: number;
  /** The longest message the client accepts, in bytes. Cases about it are skipped when it is not known. */
  readonly maxPayload?: number;
  /** Another value gives other random splits; the same value the same. */
  readonly seed?: string;
}

/** Makes the client under test connect to `url` and echo every message until the connection is closed. */
export type DialClient = (url: string) => void;

/** The text message behind an answer to a handshake: a client that opens echoes it, one that fails does not. */
const GREETING = Buffer.from("greeting");

/** Runs the cases for clients: each makes the client dial a raw TCP server on 127.0.0.1 once. */
export async function runClientSuite(dial: DialClient, options: ClientSuiteOptions = {}): Promise<CaseResult[]> {
  const stage = await ClientStage.open(dial, options);
  try {
    return await runCases(clientCases(options), options.parallel ?? 16, (row) => stage.run(row));
  } finally {
    stage.close();
  }
}

/** The server that the clients dial. Each case has a path of its own, by which a connection finds it. */
class ClientStage {
  readonly #server: Server;
  readonly #dial: DialClient;
  readonly #options: ClientSuiteOptions;
  readonly #expected = new Map<string, (arrival: Arrival) => void>();
  readonly #keys = new Set<string>();
  #cases = 0;

  private constructor(server: Server, dial: DialClient, options: ClientSuiteOptions) {
    this.#server = server;
    this.#dial = dial;
    this.#options = options;
    server.on("connection", (socket) => void this.#arrive(socket));
  }

  static async open(dial: DialClient, options: ClientSuiteOptions): Promise<ClientStage> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ClientStage(server, dial, options);
  }

  close(): void {
    this.#server.close();
  }

  async run(row: FrameCase | AnswerCase): Promise<Verdict> {
    if (row.needs === "limit" && this.#options.maxPayload === undefined) {
      return skipped("the longest message accepted is not known");
    }
    const arrival = await this.#summon();
    if (arrival === undefined) return failed("the client did not connect");
    try {
      const { key, socket } = arrival;
      const fault = requestFault(arrival.request) ?? (this.#keys.has(key) ? "a handshake key came twice" : undefined);
      this.#keys.add(key);
      if (fault !== undefined) return failed(fault);
      const random = randomFrom((this.#options.seed ?? "everwire") + row.id);
      if (row.kind === "answer") return await playAnswer(row, arrival, random);
      return await playFrames(row, arrival, random, socket);
    } finally {
      arrival.socket.destroy();
    }
  }

  /** Makes the client dial, and waits until it has sent its handshake. */
  #summon(): Promise<Arrival | undefined> {
    const { address, port } = listeningAt(this.#server);
    const path = `/case/${++this.#cases}`;
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), this.#options.deadline ?? 10_000);
      this.#expected.set(path, (arrival) => {
        clearTimeout(late);
        this.#expected.delete(path);
        resolve(arrival);
      });
      this.#dial(`ws://${address}:${port}${path}`);
    });
  }

  /** A connection that no case waits for, such as a second attempt, is closed unanswered. */
  async #arrive(tcp: Socket): Promise<void> {
    const socket = new RawSocket(tcp, this.#options.deadline ?? 10_000);
    const text = await socket.head();
    const request = parseHead(text ?? "");
    const take = this.#expected.get(request.startLine.split(" ")[1] ?? "");
    if (take === undefined) socket.destroy();
    else take({ socket, request, key: headerValue(request, "sec-websocket-key") ?? "" });
  }
}

/** A client's connection, as far as its handshake. */
interface Arrival {
  readonly socket: RawSocket;
  readonly request: HttpHead;
  readonly key: string;
}

function listeningAt(server: Server): { address: string; port: number } {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server does not listen on a port");
  return address;
}

/** The handshake of the client is answered as it should be; then the frames. */
async function playFrames(row: FrameCase, arrival: Arrival, random: Random, socket: RawSocket): Promise<Verdict> {
  const offer = headerValue(arrival.request, "sec-websocket-extensions");
  const answer = row.terms?.answer;
  const text = answerText(answer === undefined ? {} : { add: [["Sec-WebSocket-Extensions", answer]] });
  const filled = text.replace("{accept}", acceptOf(arrival.key));
  const agreement = answer === undefined ? "none" : readAgreement(parseHead(filled), offer);
  if (agreement instanceof Error) return skipped("the client does not offer these terms of permessage-deflate");
  const exchange = new Exchange(socket, "server", random);
  const early = exchange.opening(row);
  const delivery = row.early === true && row.delivery !== undefined ? row.delivery : "whole";
  await socket.deliver(Buffer.concat([Buffer.from(filled), early.bytes]), delivery, random, () => socket.peerEnded);
  exchange.start(agreement);
  await exchange.play(row, early.rest);
  return judgeExchange(row, exchange, socket);
}

/** Sends one answer, right or wrong. Whether the client believes it shows in whether it echoes what follows. */
async function playAnswer(row: AnswerCase, arrival: Arrival, random: Random): Promise<Verdict> {
  const { socket, key, request } = arrival;
  const offer = headerValue(request, "sec-websocket-extensions") ?? "";
  if (row.offered !== undefined && !offer.includes(row.offered))
    return skipped(`the client does not offer ${row.offered}`);
  const answer = Buffer.from(row.send.replaceAll("{accept}", acceptOf(key)), "latin1");
  const greeting = encodeWireFrame({ opcode: TEXT, payload: GREETING }, "server", random);
  const exchange = new Exchange(socket, "server", random);
  exchange.start("none");
  await socket.deliver(Buffer.concat([answer, greeting]), row.delivery ?? "whole", random, () => socket.peerEnded);
  await socket.until(() => exchange.closing || exchange.echoes.length > 0);
  const opened = exchange.echoes.length > 0;
  if (row.expect === "fails") return judgeRefusal(opened, exchange, socket);
  if (opened || (row.expect === "either" && socket.peerEnded)) return PASS;
  return failed(socket.peerEnded ? "the client refused the answer" : "the client neither opened nor failed");
}

/** RFC 6455 §4.1 and §7.1.7: a handshake that fails means the TCP connection is closed. */
function judgeRefusal(opened: boolean, exchange: Exchange, socket: RawSocket): Verdict {
  if (opened) return failed("the client took the connection for open");
  if (!socket.peerEnded) return failed("the client did not close the connection");
  return exchange.close === undefined
    ? PASS
    : tolerated("the client sent a close frame before the connection was open");
}
