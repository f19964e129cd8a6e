import { isUtf8 } from "node:buffer";
import { createServer, connect as dialTcp, type Server, type Socket } from "node:net";
import { type HttpHead, headerLists, headerValue, parseHead, statusOf } from "./http-head.ts";
import { acceptOf, answerText, randomKey, requestText } from "./opening-handshake.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  encodeWireFrame,
  FrameReader,
  PING,
  PONG,
  type ReceivedFrame,
  type Role,
  randomFrom,
  TEXT,
  type WireFrame,
} from "./wire-frame.ts";

/** A rule that a peer forgets, by the name of the fault. */
interface FrameRule {
  readonly fault: string;
  readonly code: number;
  broken(frame: ReceivedFrame, peer: { readonly role: Role; readonly begun: boolean }): boolean;
}

// RFC 6455 §5.2: control opcodes have their highest bit set.
const isControl = ({ opcode }: ReceivedFrame): boolean => opcode >= CLOSE;
const isStart = ({ opcode }: ReceivedFrame): boolean => opcode === TEXT || opcode === BINARY;
const codeOf = ({ payload }: ReceivedFrame): number => payload.readUInt16BE();

/** RFC 6455 §5.1 to §5.5 and §7.4, one rule a row: a faulty peer is the table without some of its rows. */
const FRAME_RULES: readonly FrameRule[] = [
  { fault: "mask-unchecked", code: 1002, broken: ({ key }, { role }) => (key === undefined) === (role === "server") },
  { fault: "reserved-bits-ignored", code: 1002, broken: ({ rsv }) => rsv !== 0 },
  { fault: "reserved-opcode-echoed", code: 1002, broken: ({ opcode }) => (opcode > 2 && opcode < 8) || opcode > PONG },
  { fault: "long-control-accepted", code: 1002, broken: (frame) => isControl(frame) && frame.payload.length > 125 },
  { fault: "fragmented-control-accepted", code: 1002, broken: (frame) => isControl(frame) && !frame.fin },
  {
    fault: "stray-continuation-echoed",
    code: 1002,
    broken: ({ opcode }, { begun }) => opcode === CONTINUATION && !begun,
  },
  { fault: "interruption-accepted", code: 1002, broken: (frame, { begun }) => isStart(frame) && begun },
  {
    fault: "short-close-accepted",
    code: 1002,
    broken: ({ opcode, payload }) => opcode === CLOSE && payload.length === 1,
  },
  {
    fault: "close-code-unchecked",
    code: 1002,
    broken: (frame) => frame.opcode === CLOSE && frame.payload.length > 1 && !isCloseCode(codeOf(frame)),
  },
  {
    fault: "close-reason-unchecked",
    code: 1007,
    broken: ({ opcode, payload }) => opcode === CLOSE && !isUtf8(payload.subarray(2)),
  },
];

/** RFC 6455 §4.1: rules that a client forgets about the answer to its handshake. */
const ANSWER_RULES: readonly { readonly fault: string; broken(answer: HttpHead, key: string): boolean }[] = [
  { fault: "status-unchecked", broken: (answer) => statusOf(answer) !== 101 },
  { fault: "upgrade-unchecked", broken: (answer) => !headerLists(answer, "upgrade", "websocket") },
  { fault: "connection-unchecked", broken: (answer) => !headerLists(answer, "connection", "upgrade") },
  { fault: "accept-unchecked", broken: (answer, key) => headerValue(answer, "sec-websocket-accept") !== acceptOf(key) },
  { fault: "protocol-unchecked", broken: (answer) => answer.headers.has("sec-websocket-protocol") },
  { fault: "extension-unchecked", broken: (answer) => answer.headers.has("sec-websocket-extensions") },
];

/** RFC 6455 §4.2.1: rules that a server forgets about the handshake of a client. */
const REQUEST_RULES: readonly {
  readonly fault: string;
  readonly status: string;
  broken(request: HttpHead): boolean;
}[] = [
  { fault: "method-unchecked", status: "405 No", broken: ({ startLine }) => !startLine.startsWith("GET ") },
  { fault: "http-version-unchecked", status: "400 No", broken: ({ startLine }) => !startLine.endsWith(" HTTP/1.1") },
  { fault: "host-unchecked", status: "400 No", broken: (request) => !request.headers.has("host") },
  { fault: "upgrade-unchecked", status: "426 No", broken: (request) => !headerLists(request, "upgrade", "websocket") },
  {
    fault: "version-unchecked",
    status: "426 No",
    broken: (request) => headerValue(request, "sec-websocket-version") !== "13",
  },
  {
    fault: "key-unchecked",
    status: "400 No",
    broken: (request) => !/^[\w+/]{22}==$/.test(headerValue(request, "sec-websocket-key") ?? ""),
  },
];

/** RFC 6455 §7.4 */
function isCloseCode(code: number): boolean {
  return (code >= 3000 && code < 5000) || (code >= 1000 && code < 1015 && ![1004, 1005, 1006].includes(code));
}

/** A WebSocket echo, at either end, that is right but for the faults it is given. It serves to test the suite. */
class FaultyPeer {
  readonly role: Role;
  readonly #socket: Socket;
  readonly #faults: ReadonlySet<string>;
  readonly #random = randomFrom("faulty");
  readonly #reader = new FrameReader();
  #state: "open" | "closed" = "open";
  #message: { readonly opcode: number; readonly parts: Buffer[] } | undefined;

  constructor(socket: Socket, role: Role, faults: ReadonlySet<string>) {
    this.#socket = socket;
    this.role = role;
    this.#faults = faults;
  }

  get begun(): boolean {
    return this.#message !== undefined;
  }

  receive(chunk: Buffer): void {
    // A reader of its own for each chunk is what "a chunk is a frame" comes to.
    const reader = this.#faults.has("chunk-taken-for-frame") ? new FrameReader() : this.#reader;
    for (const frame of reader.push(chunk)) {
      if (this.#state === "open" || this.#faults.has("goes-on-after-close")) this.#frame(frame);
    }
  }

  #frame(frame: ReceivedFrame): void {
    const broken = FRAME_RULES.find((rule) => !this.#faults.has(rule.fault) && rule.broken(frame, this));
    if (broken !== undefined) this.#close(broken.code);
    else if (frame.opcode === CLOSE) this.#answerClose(frame.payload);
    else if (frame.opcode === PING) this.#answerPing(frame.payload);
    else if (frame.opcode !== PONG) this.#data(frame);
    else if (this.#faults.has("pong-answered")) this.#send({ opcode: PONG, payload: frame.payload });
  }

  #data(frame: ReceivedFrame): void {
    this.#message ??= { opcode: frame.opcode, parts: [] };
    this.#message.parts.push(frame.payload);
    const badText = this.#message.opcode === TEXT && !isUtf8(Buffer.concat(this.#message.parts));
    if (this.#faults.has("fragments-checked-alone") && badText) this.#close(1007);
    if (!frame.fin) return;
    const { opcode, parts } = this.#message;
    this.#message = undefined;
    if (badText && !this.#faults.has("utf8-unchecked")) this.#close(1007);
    else this.#echo(opcode, this.#faults.has("last-fragment-only") ? frame.payload : Buffer.concat(parts));
  }

  /** "length-of-15-bits" is what a 16-bit length read as a signed number comes to. */
  #echo(opcode: number, payload: Buffer): void {
    const type = this.#faults.has("type-lost") ? BINARY : opcode;
    const cut =
      this.#faults.has("length-of-15-bits") && payload.length < 65536 ? payload.length & 0x7fff : payload.length;
    this.#send({ opcode: type, payload: payload.subarray(0, cut) });
  }

  #answerPing(payload: Buffer): void {
    if (this.#faults.has("ping-unanswered")) return;
    this.#send({ opcode: PONG, payload: this.#faults.has("pong-empty") ? Buffer.alloc(0) : payload });
  }

  /** RFC 6455 §5.5.1: a close frame is answered by one, with the same payload here. */
  #answerClose(payload: Buffer): void {
    if (this.#faults.has("close-unanswered")) this.#end();
    else this.#close(payload);
  }

  #close(why: number | Buffer): void {
    this.#send({ opcode: CLOSE, payload: typeof why === "number" ? Buffer.from([why >> 8, why & 0xff]) : why });
    this.#end();
  }

  #end(): void {
    this.#state = "closed";
    if (!this.#faults.has("tcp-left-open") && !this.#faults.has("goes-on-after-close")) this.#socket.end();
  }

  #send(frame: WireFrame): void {
    const wrong: WireFrame = this.#faults.has("masks-wrongly") ? { ...frame, mask: "wrong" } : frame;
    const sent: WireFrame = this.#faults.has("key-always-zero") ? { ...frame, mask: "zero" } : wrong;
    this.#socket.write(encodeWireFrame(sent, this.role, this.#random));
  }
}

/** An echo server with faults, on a free port of 127.0.0.1. */
export async function startFaultyServer(faults: readonly string[]): Promise<{ url: string; close(): void }> {
  const known = new Set(faults);
  const server = createServer((socket) => serve(socket, known));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `ws://127.0.0.1:${portOf(server)}/`, close: () => server.close() };
}

/** Dials as an echo client with faults. */
export function dialFaultily(url: string, faults: readonly string[]): void {
  const known = new Set(faults);
  const { port, hostname, host, pathname } = new URL(url);
  const key = known.has("handshake-key-constant") ? "dGhlIHNhbXBsZSBub25jZQ==" : randomKey(Math.random);
  const socket = dialTcp(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(requestText().replace("{host}", host).replace("{path}", pathname).replace("{key}", key));
  afterHead(socket, known, (answer) => {
    const broken = ANSWER_RULES.some((rule) => !known.has(rule.fault) && rule.broken(answer, key));
    if (!broken) return new FaultyPeer(socket, "client", known);
    socket.destroy();
    return undefined;
  });
}

function serve(socket: Socket, faults: ReadonlySet<string>): void {
  socket.on("error", () => {});
  afterHead(socket, faults, (request) => {
    const broken = REQUEST_RULES.find((rule) => !faults.has(rule.fault) && rule.broken(request));
    if (broken !== undefined) {
      socket.end(`HTTP/1.1 ${broken.status}\r\nContent-Length: 0\r\n\r\n`);
      return undefined;
    }
    const key = faults.has("accept-wrong") ? "" : (headerValue(request, "sec-websocket-key") ?? "");
    const extension = faults.has("extension-invented") ? ([["Sec-WebSocket-Extensions", "x-mine"]] as const) : [];
    socket.write(answerText({ add: extension }).replace("{accept}", acceptOf(key)));
    return new FaultyPeer(socket, "server", faults);
  });
}

/** Reads a head, and gives all that follows to the peer it leads to. */
function afterHead(
  socket: Socket,
  faults: ReadonlySet<string>,
  open: (head: HttpHead) => FaultyPeer | undefined,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  let peer: FaultyPeer | undefined;
  socket.on("data", (chunk: Buffer) => {
    if (peer !== undefined) {
      peer.receive(chunk);
      return;
    }
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end === -1) return;
    peer = open(parseHead(bytes.toString("latin1", 0, end)));
    if (!faults.has("bytes-behind-the-handshake-lost")) peer?.receive(bytes.subarray(end + 4));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server does not listen on a port");
  return address.port;
}
