import type { Expectation, FrameCase, Step } from "../conformance-case.ts";
import { CLOSE, PING, PONG } from "../wire-frame.ts";
import {
  answers,
  binary,
  close,
  echoes,
  fails,
  fragments,
  frame,
  more,
  payload,
  ping,
  pong,
  pongs,
  text,
  textMessage,
  UNFINISHED,
} from "./vocabulary.ts";

const LONGEST = 125;
const TOO_LONG = [126, 127, 128, 1000, 65535, 65536];

type Control = readonly [name: "ping" | "pong" | "close", opcode: number];
const CONTROLS: readonly Control[] = [
  ["ping", PING],
  ["pong", PONG],
  ["close", CLOSE],
];

/** RFC 6455 §5.5: close, ping and pong. What a close frame says has a family of its own. */
export function controlFrames(): FrameCase[] {
  return [
    ...CONTROLS.flatMap((control) => [...lengths(control), ...tooLong(control), ...fragmented(control)]),
    ...sequences(),
  ];
}

function lengths([name]: Control): FrameCase[] {
  return Array.from({ length: LONGEST + 1 }, (_, size) => {
    const { send, expect } = ofLength(name, size);
    return {
      kind: "frames",
      id: `6455/5.5/${name}-${size}`,
      title: `a ${name} of ${size} bytes`,
      send,
      expect: [expect],
    };
  });
}

function ofLength(name: Control[0], size: number): { send: Step[]; expect: Expectation } {
  const body = payload("binary", size);
  if (name === "ping") return { send: [ping(body)], expect: pongs([body]) };
  if (name === "pong") return { send: [pong(body), text("after")], expect: echoes(textMessage("after")) };
  if (size === 0) return { send: [close()], expect: answers([undefined]) };
  // RFC 6455 §5.5.1: a body begins with a code of two bytes.
  if (size === 1) return { send: [frame(CLOSE, "x")], expect: fails(1002) };
  return { send: [close(1000, payload("text", size - 2))], expect: answers([1000]) };
}

function tooLong([name, opcode]: Control): FrameCase[] {
  return TOO_LONG.map((size) => {
    const body =
      name === "close" ? Buffer.concat([Buffer.from([3, 232]), payload("text", size - 2)]) : payload("binary", size);
    return {
      kind: "frames",
      id: `6455/5.5/${name}-${size}`,
      title: `a ${name} of ${size} bytes, more than 125, fails the connection`,
      send: [frame(opcode, body)],
      expect: [fails(1002)],
    };
  });
}

function fragmented([name, opcode]: Control): FrameCase[] {
  const normal = Buffer.from([0x03, 0xe8]);
  const body = name === "close" ? normal : Buffer.from("ab");
  const rows: readonly (readonly [string, readonly Step[]])[] = [
    ["empty", [frame(opcode, "", UNFINISHED)]],
    ["with-payload", [frame(opcode, body, UNFINISHED)]],
    ["and-continued", [frame(opcode, body, UNFINISHED), more("cd")]],
    ["inside-a-message", [text("a", UNFINISHED), frame(opcode, body, UNFINISHED), more("b")]],
  ];
  return rows.map(([suffix, send]) => ({
    kind: "frames",
    id: `6455/5.5/${name}-unfinished-${suffix}`,
    title: `a ${name} without FIN (${suffix.replaceAll("-", " ")}) fails the connection`,
    send,
    expect: [fails(1002)],
  }));
}

function sequences(): FrameCase[] {
  const words = (count: number): string[] => Array.from({ length: count }, (_, at) => `ping ${at}`);
  const hundred = words(100);
  const rows: readonly (readonly [id: string, title: string, send: readonly Step[], expect: Expectation])[] = [
    ["5.5.2/ten-at-once", "the last of ten pings is answered", words(10).map((word) => ping(word)), pongs(words(10))],
    ["5.5.2/hundred-at-once", "the last of 100 pings is answered", hundred.map((word) => ping(word)), pongs(hundred)],
    ["5.5.2/then-message", "a ping does not disturb a message", [ping("p"), text("t")], pongs(["p"], textMessage("t"))],
    ["5.5.2/after-message", "nor one that came before", [text("t"), ping("p")], pongs(["p"], textMessage("t"))],
    ["5.5.2/one-by-one", "each ping that is waited for is answered", oneByOne(5), pongs(words(5))],
    ["5.5.3/unsolicited", "a pong that nobody asked for is ignored", [pong("?"), ping("p")], pongs(["p"])],
    ["5.5.3/many", "so are a hundred", [...hundred.map((word) => pong(word)), ping("p")], pongs(["p"])],
    ["5.5.3/like-a-ping", "a pong like a ping of ours later", [pong("p"), ping("p"), pong("p")], pongs(["p"])],
    [
      "5.4/ping-between-fragments",
      "a ping between fragments is answered before the message is complete",
      [text("a", UNFINISHED), ping("p"), { awaitPongs: 1 }, more("b")],
      pongs(["p"], textMessage("ab")),
    ],
    [
      "5.4/ping-between-all-fragments",
      "pings between all fragments leave the message whole",
      [text("a", UNFINISHED), ping("0"), more("b", UNFINISHED), ping("1"), more("c", UNFINISHED), ping("2"), more("d")],
      pongs(["0", "1", "2"], textMessage("abcd")),
    ],
    [
      "5.4/long-ping-between-fragments",
      "a ping of 125 bytes between fragments",
      [text("a", UNFINISHED), ping(payload("binary", 125)), more("b")],
      pongs([payload("binary", 125)], textMessage("ab")),
    ],
    [
      "5.4/pong-between-fragments",
      "a pong between fragments is ignored",
      [text("a", UNFINISHED), pong("x"), more("b")],
      echoes(textMessage("ab")),
    ],
    [
      "5.4/close-between-fragments",
      "a close between fragments is answered, the message is not delivered",
      [text("a", UNFINISHED), close(1000), more("b")],
      answers([1000]),
    ],
    [
      "5.4/ping-inside-long-message",
      "a ping between long fragments",
      [binary(payload("binary", 65536), UNFINISHED), ping("p"), { awaitPongs: 1 }, more(payload("binary", 65536))],
      pongs(["p"], { text: false, data: Buffer.concat([payload("binary", 65536), payload("binary", 65536)]) }),
    ],
    [
      "5.4/ping-between-messages-in-fragments",
      "pings between and inside two messages",
      [...fragments("text", ["a", "b"]), ping("0"), text("c", UNFINISHED), ping("1"), more("d")],
      pongs(["0", "1"], textMessage("ab"), textMessage("cd")),
    ],
  ];
  const whole = rows.map(([id, title, send, expect]): FrameCase => row(id, title, send, expect));
  // The same with every byte in a segment of its own.
  return whole.flatMap((one) => [one, { ...one, id: `${one.id}-bytewise`, delivery: "edges" as const }]);
}

function row(id: string, title: string, send: readonly Step[], expect: Expectation): FrameCase {
  return { kind: "frames", id: `6455/${id}`, title, send, expect: [expect] };
}

function oneByOne(count: number): Step[] {
  return Array.from({ length: count }, (_, at) => [ping(`ping ${at}`), { awaitPongs: at + 1 }]).flat();
}
