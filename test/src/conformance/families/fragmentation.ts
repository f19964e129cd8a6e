import type { Expectation, FrameCase, Step } from "../conformance-case.ts";
import { BINARY, CONTINUATION, TEXT } from "../wire-frame.ts";
import {
  binary,
  binaryMessage,
  DATA_TYPES,
  echoes,
  fails,
  fragments,
  frame,
  more,
  text,
  textMessage,
  UNFINISHED,
} from "./vocabulary.ts";

type Row = readonly [name: string, title: string, send: readonly Step[], expect: Expectation];

/** RFC 6455 §5.4: what may follow what. */
export function fragmentation(): FrameCase[] {
  return [...outOfPlace(), ...interrupted(), ...emptyParts(), ...oneByteParts()].map(([name, title, send, expect]) => ({
    kind: "frames",
    id: `6455/5.4/${name}`,
    title,
    send,
    expect: [expect],
  }));
}

/** A continuation that continues nothing. */
function outOfPlace(): Row[] {
  const places: readonly (readonly [string, readonly Step[]])[] = [
    ["first", []],
    ["after-text", [text("m")]],
    ["after-binary", [binary("m")]],
    ["after-fragments", fragments("text", ["m", ""])],
  ];
  return places.flatMap(([place, before]) =>
    [true, false].flatMap((fin) =>
      ["", "x"].map((data): Row => {
        const name = `continuation-${place}-${fin ? "last" : "more"}-${data.length}`;
        const echo = place === "after-binary" ? [binaryMessage("m")] : place === "first" ? [] : [textMessage("m")];
        const title = `a continuation of ${data.length} bytes without a message (${place}) fails the connection`;
        return [name, title, [...before, more(data, { fin })], fails(1002, ...echo)];
      }),
    ),
  );
}

/** A new message before the last fragment of the former. */
function interrupted(): Row[] {
  const opcodes = { text: TEXT, binary: BINARY };
  return DATA_TYPES.flatMap((first) =>
    DATA_TYPES.flatMap((second) =>
      [true, false].flatMap((fin) =>
        [1, 2].map((count): Row => {
          const begun = [frame(opcodes[first], "a", UNFINISHED), frame(CONTINUATION, "b", UNFINISHED)].slice(0, count);
          const name = `${second}-${fin ? "whole" : "part"}-inside-${first}-${count}`;
          const title = `${second} after ${count} fragments of an unfinished ${first} message fails the connection`;
          return [name, title, [...begun, frame(opcodes[second], "c", { fin }), more("d")], fails(1002)];
        }),
      ),
    ),
  );
}

function emptyParts(): Row[] {
  const shapes = [
    ["", ""],
    ["", "a"],
    ["a", ""],
    ["", "", ""],
    ["", "a", ""],
    ["a", "", "b"],
    ["", "", "", "", "", "", "", "", "", "a"],
  ];
  return DATA_TYPES.flatMap((type) =>
    shapes.map((shape): Row => {
      const whole = shape.join("");
      const message = type === "text" ? textMessage(whole) : binaryMessage(whole);
      const name = `${type}-parts-${shape.map((part) => part.length).join("")}`;
      return [
        name,
        `${type} in fragments of ${shape.map((part) => part.length)} bytes`,
        fragments(type, shape),
        echoes(message),
      ];
    }),
  );
}

function oneByteParts(): Row[] {
  return DATA_TYPES.flatMap((type) =>
    [10, 100, 1000].map((count): Row => {
      const parts = Array.from({ length: count }, (_, at) => String(at % 10));
      const whole = parts.join("");
      const message = type === "text" ? textMessage(whole) : binaryMessage(whole);
      return [
        `${type}-one-byte-times-${count}`,
        `${type} in ${count} fragments of one byte`,
        fragments(type, parts),
        echoes(message),
      ];
    }),
  );
}
