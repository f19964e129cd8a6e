import type { Expectation, FrameCase, Step } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import { BAD_UTF8, GOOD_UTF8 } from "./utf8-table.ts";
import {
  answers,
  binary,
  close,
  fails,
  frame,
  GONE,
  more,
  payload,
  ping,
  pong,
  text,
  textMessage,
  UNFINISHED,
} from "./vocabulary.ts";

/** RFC 6455 §7.4.1: the codes that may stand in a frame. */
const DEFINED_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3001, 3999, 4000, 4001, 4999];
/** Registered with IANA after the RFC: a peer may know them or not. */
const LATER_CODES = [1012, 1013, 1014];
/** Below 1000, reserved, for local reports only, above 4999. */
const FORBIDDEN_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 5000, 5001, 9999, 65535];
/** Left for later versions of the protocol (§7.4.2): not registered, but a later version may. */
const UNREGISTERED_CODES = [1016, 1100, 1999, 2000, 2999];

/** RFC 6455 §5.5.1, §7.1 and §7.4: the closing handshake. */
export function closing(): FrameCase[] {
  return [...codes(), ...reasons(), ...afterClose(), ...deliveries()];
}

function row(id: string, title: string, send: readonly Step[], ...expect: Expectation[]): FrameCase {
  return { kind: "frames", id: `6455/${id}`, title, send, expect };
}

function codes(): FrameCase[] {
  const table = [
    ...DEFINED_CODES.map((code) => ({ code, expect: [answers([code])] })),
    ...LATER_CODES.map((code) => ({ code, expect: [answers([code]), fails(1002)] })),
    ...FORBIDDEN_CODES.map((code) => ({ code, expect: [fails(1002)] })),
  ];
  const rows = table.flatMap(({ code, expect }) => [
    row(`7.4/code-${code}`, `close with ${code}`, [close(code)], ...expect),
    row(`7.4/code-${code}-reason`, `close with ${code} and a reason`, [close(code, "why")], ...expect),
  ]);
  const unregistered = UNREGISTERED_CODES.map((code): FrameCase => {
    const one = row(`7.4/code-${code}`, `close with the unregistered ${code}`, [close(code)], fails(1002));
    return { ...one, tolerate: [answers([code])] };
  });
  return [...rows, ...unregistered];
}

/** RFC 6455 §5.5.1: the reason is UTF-8. */
function reasons(): FrameCase[] {
  const good = GOOD_UTF8.map(([name, bytes]) =>
    row(`5.5.1/reason-good-${name}`, `a close reason of ${name}`, [close(1000, bytes)], answers([1000])),
  );
  const bad = BAD_UTF8.map(([name, bytes]): FrameCase => {
    const one = row(
      `5.5.1/reason-bad-${name}`,
      `a close reason of ${name} is no UTF-8`,
      [close(1000, bytes)],
      fails(1007),
    );
    return { ...one, tolerate: [fails(1002)] };
  });
  return [...good, ...bad];
}

/** RFC 6455 §5.5.1: after a close frame, nothing that follows is processed. */
function afterClose(): FrameCase[] {
  const rows: readonly (readonly [string, readonly Step[]])[] = [
    ["text", [text("late")]],
    ["binary", [binary("late")]],
    ["fragment", [text("late", UNFINISHED)]],
    ["continuation", [more("late")]],
    ["ping", [ping("late")]],
    ["pong", [pong("late")]],
    ["second-close", [close(1001)]],
    ["bad-close", [close(999)]],
    ["reserved-opcode", [frame(15, "late")]],
    ["reserved-bits", [text("late", { rsv: 7 })]],
    ["bad-utf8", [text(Buffer.from([0xff]))]],
    ["wrong-mask", [text("late", { mask: "wrong" })]],
    ["endless-frame", [binary("late", { declared: 2n ** 62n })]],
    ["long-frame", [binary(payload("binary", 65537))]],
    ["garbage", [{ bytes: payload("binary", 300) }]],
    ["half-a-header", [{ bytes: Buffer.from([0x81]) }]],
  ];
  const ignored = rows.map(([name, late]) =>
    row(
      `5.5.1/after-close-${name}`,
      `${name.replaceAll("-", " ")} after a close frame is ignored`,
      [close(1000), ...late],
      answers([1000]),
    ),
  );
  return [
    ...ignored,
    row(
      "7.1/close-after-message",
      "a message right before the close",
      [text("m"), close(1000)],
      answers([1000], textMessage("m")),
    ),
    row("7.1/close-in-message", "close inside a message", [text("m", UNFINISHED), close(1000)], answers([1000])),
    // RFC 6455 §5.5.2: the pong may be left out once the close frame has come.
    row("7.1/close-after-ping", "close right after a ping", [ping("p"), close(1000)], answers([1000]), {
      ...answers([1000]),
      pongs: [Buffer.from("p")],
    }),
    // RFC 6455 §7.1.1: it is not for the client to end first; one that does cannot count on the answer.
    {
      ...row("7.1/close-then-end", "close, then the end of our side", [close(1000), { end: true }], answers([1000])),
      tolerate: [GONE],
    },
  ];
}

function deliveries(): FrameCase[] {
  const ways: readonly Delivery[] = ["bytes", "split"];
  return ways.flatMap((delivery) =>
    [undefined, 1000, 4999].map((code) => {
      const one = row(
        `7.1/close-${code ?? "empty"}-${delivery}`,
        `close with ${code ?? "no code"}`,
        [close(code, code === undefined ? "" : "a reason of some length")],
        answers([code]),
      );
      return { ...one, delivery };
    }),
  );
}
