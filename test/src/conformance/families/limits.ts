import type { FrameCase } from "../conformance-case.ts";
import { binary, echoes, type FamilyContext, fails, more, ping, text, textMessage, UNFINISHED } from "./vocabulary.ts";

/** RFC 6455 §10.4: what a peer does with messages longer than it accepts. */
export function limits({ limit }: FamilyContext): FrameCase[] {
  const over = BigInt(limit) + 1n;
  const half = Buffer.alloc(Math.ceil(limit / 2), "h");
  const held = { hopeForClose: true } as const;
  const end = { end: true } as const;
  const rows: readonly (readonly [string, string, FrameCase["send"]])[] = [
    [
      "declared-text",
      "a frame that declares a byte too many is refused at its header",
      [text("", { declared: over }), held, end],
    ],
    ["declared-binary", "so is a binary one", [binary("", { declared: over }), held, end]],
    ["declared-4-gib", "so is one of 4 GiB", [binary("", { declared: 2n ** 32n }), held, end]],
    [
      "declared-after-fragment",
      "the fragments count together",
      [binary("a", UNFINISHED), more("", { declared: BigInt(limit) }), held, end],
    ],
    [
      "sum-of-fragments",
      "the fragment that passes the limit is refused",
      [binary(half, UNFINISHED), more(half, UNFINISHED), ping("p"), more("", { declared: 2n }), held, end],
    ],
  ];
  const refused = rows.map(([name, title, send]): FrameCase => {
    const expect = [
      { ...fails(1009), pongs: [] },
      { ...fails(1009), pongs: [Buffer.from("p")] },
    ];
    return { kind: "frames", id: `6455/10.4/${name}`, title, needs: "limit", send, expect };
  });
  const small = Buffer.alloc(Math.min(limit, 100_000), "s");
  return [
    ...refused,
    {
      kind: "frames",
      id: "6455/10.4/limit-is-per-message",
      title: "several messages may pass the limit together",
      needs: "limit",
      send: [text(small), text(small), text(small)],
      expect: [echoes(textMessage(small), textMessage(small), textMessage(small))],
    },
  ];
}
