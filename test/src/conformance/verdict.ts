import type { CloseCode, End, Expectation, FrameCase, Message, Status } from "./conformance-case.ts";
import type { Exchange } from "./exchange.ts";
import type { RawSocket } from "./raw-socket.ts";

export interface Verdict {
  readonly status: Status;
  /** Why it is not a pass, "" when it is. */
  readonly detail: string;
}

/** RFC 6455 §7.4.1: the codes that an endpoint fails a connection with. */
const ERROR_CODES: ReadonlySet<CloseCode> = new Set([1002, 1003, 1007, 1008, 1009, 1010, 1011]);

export const PASS: Verdict = { status: "pass", detail: "" };

export function failed(detail: string): Verdict {
  return { status: "fail", detail };
}

export function tolerated(detail: string): Verdict {
  return { status: "tolerated", detail };
}

export function skipped(detail: string): Verdict {
  return { status: "skip", detail };
}

/** Judges what came back on an open connection. */
export function judgeExchange(row: FrameCase, exchange: Exchange, socket: RawSocket): Verdict {
  const [violation] = exchange.violations;
  if (violation !== undefined) return failed(violation);
  if (row.freshKeys === true && repeatsKey(exchange)) return failed("a masking key was used again (RFC 6455 §5.3)");
  const verdicts = row.expect.map((expectation) => judge(expectation, exchange, socket));
  const best = verdicts.find(({ status }) => status === "pass") ?? verdicts.find(({ status }) => status !== "fail");
  if (best?.status === "pass" && exchange.wentOn) return tolerated("failed only when the message was complete");
  if (best !== undefined) return best;
  const excused = row.tolerate?.some((expectation) => judge(expectation, exchange, socket).status !== "fail") === true;
  const detail = verdicts.map((verdict) => verdict.detail).join("; or ");
  return excused ? tolerated(detail) : failed(detail);
}

function judge(expected: Expectation, exchange: Exchange, socket: RawSocket): Verdict {
  const echoes = compareEchoes(expected, exchange.echoes);
  if (echoes !== undefined) return failed(echoes);
  const lastPong = expected.pongs?.at(-1);
  if (lastPong !== undefined && !exchange.pongs.some((pong) => pong.equals(lastPong))) {
    return failed("the last ping was not answered with its payload");
  }
  const known = new Set(expected.pongs?.map((pong) => Buffer.from(pong).toString("latin1")));
  if (exchange.pongs.some((pong) => !known.has(pong.toString("latin1")))) return failed("a pong answers no ping");
  return judgeEnd(expected.end, exchange, socket);
}

function judgeEnd(end: End, exchange: Exchange, socket: RawSocket): Verdict {
  const { close } = exchange;
  if (end.kind !== "gone" && close === undefined) {
    const wanted = end.kind === "failed" ? `close ${end.codes.join(" or ")}` : "the close frame answered";
    if (!socket.peerEnded) return failed(`wanted ${wanted}; nothing came before the deadline`);
    // RFC 6455 §7.1.7: whoever fails a connection SHOULD say so in a close frame.
    const dropped = `wanted ${wanted}; the connection was dropped`;
    return end.kind === "failed" ? tolerated(dropped) : failed(dropped);
  }
  if (!socket.peerEnded) return failed("the TCP connection was not ended");
  if (end.kind === "gone" || close === undefined) return PASS;
  const codes: readonly CloseCode[] = end.kind === "open" ? [1000] : end.codes;
  if (codes.includes(close.code)) return PASS;
  const detail = `wanted close ${codes.map(codeName).join(" or ")}; got ${codeName(close.code)}`;
  return mayReplace(close.code, end) ? tolerated(detail) : failed(detail);
}

/**
 * §5.5.1 and §7.4.1 recommend a code and no more. But whoever fails a connection with a code that says nothing of a
 * failure has not noticed any, and whoever closes with an error has not answered our close frame.
 */
function mayReplace(code: CloseCode, end: End): boolean {
  return end.kind === "failed" ? ERROR_CODES.has(code) : !ERROR_CODES.has(code);
}

/** The RFC lets a peer that fails drop what it has not sent yet. */
function compareEchoes({ echoes, end }: Expectation, got: readonly Message[]): string | undefined {
  const wrong = got.findIndex((message, at) => !same(message, echoes[at]));
  if (wrong !== -1) return `echo ${wrong + 1} is ${describe(got[wrong])}; wanted ${describe(echoes[wrong])}`;
  if (end.kind === "open" && got.length < echoes.length) return `${got.length} of ${echoes.length} echoes came back`;
  return undefined;
}

function same(got: Message, wanted: Message | undefined): boolean {
  return wanted !== undefined && got.text === wanted.text && Buffer.compare(got.data, wanted.data) === 0;
}

function describe(message: Message | undefined): string {
  if (message === undefined) return "nothing";
  const start = Buffer.from(message.data.subarray(0, 16)).toString("hex");
  return `${message.text ? "text" : "binary"} of ${message.data.length} bytes (${start})`;
}

function codeName(code: CloseCode): string {
  return code === undefined ? "no code" : String(code);
}

function repeatsKey({ keys }: Exchange): boolean {
  return new Set(keys.map((key) => key.toString("hex"))).size < keys.length;
}
