import type { AnswerExpectation, RequestCase } from "../conformance-case.ts";
import { requestText } from "../opening-handshake.ts";

/** To be accepted in a way that fits, or declined. */
const VALID = [
  "permessage-deflate",
  "permessage-deflate; server_no_context_takeover",
  "permessage-deflate; client_no_context_takeover",
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
  "permessage-deflate;server_no_context_takeover;client_max_window_bits",
  'permessage-deflate; server_max_window_bits="10"',
  'permessage-deflate; client_max_window_bits="1\\0"',
  "permessage-deflate; client_max_window_bits; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
  "permessage-deflate, permessage-deflate; client_max_window_bits",
  "permessage-deflate; server_max_window_bits=8, permessage-deflate",
  "x-unheard-of, permessage-deflate",
  Array(10).fill("permessage-deflate").join(", "),
];

/** To be treated the same way; but some take a bad offer, or blanks that only older grammars mention, for a bad request. */
const DISPUTED = [
  "permessage-deflate \t; \t client_max_window_bits = 12",
  "permessage-deflate; x-unheard-of, permessage-deflate",
  "permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=12",
  "permessage-deflate; client_max_window_bits=7, permessage-deflate; client_max_window_bits",
];

/** RFC 7692 §7: a server MUST decline these. That the handshake fails will do as well. */
const INVALID = [
  "permessage-deflate; x-unheard-of",
  "permessage-deflate; __proto__",
  "permessage-deflate; constructor=1",
  "permessage-deflate; Server_No_Context_Takeover",
  "permessage-deflate; server_no_context_takeover=1",
  "permessage-deflate; server_no_context_takeover=true",
  "permessage-deflate; client_no_context_takeover=0",
  'permessage-deflate; client_no_context_takeover="x"',
  "permessage-deflate; server_max_window_bits",
  ...["7", "16", "0", "1", "08", "015", "+8", "-8", "8.0", "0x8", "1e1", "ten", "100000000000000000008"].flatMap(
    (value) => [
      `permessage-deflate; server_max_window_bits=${value}`,
      `permessage-deflate; client_max_window_bits=${value}`,
    ],
  ),
  "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
  "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
  "permessage-deflate; server_max_window_bits=10; server_max_window_bits=11",
  "permessage-deflate; client_max_window_bits; client_max_window_bits",
  "permessage-deflate; client_max_window_bits=9; client_max_window_bits",
  "permessage-deflate; server_max_window_bits=16, permessage-deflate; x-unheard-of",
  "permessage-bzip2",
  "x-webkit-deflate-frame",
  "permessage-deflat",
  "permessage-deflate2",
];

/** RFC 6455 §9.1: what does not follow the grammar fails the connection. Servers without extensions rarely look. */
const MALFORMED = [
  "permessage-deflate; =",
  "permessage-deflate; =1",
  "permessage-deflate; a=",
  'permessage-deflate; a="',
  'permessage-deflate; a="b',
  'permessage-deflate; a="b" c',
  'permessage-deflate; a=""',
  'permessage-deflate; a="b c"',
  `permessage-deflate; a="${"\\c".repeat(4000)}`,
  "permessage-deflate;",
  "permessage-deflate;;",
  "; permessage-deflate",
  "permessage deflate",
  "permessage-deflate; a b",
  "permessage-deflate; server_max_window_bits = = 10",
  "permessage/deflate",
  "permessage-deflate; caf\xe9",
  "(permessage-deflate)",
];

/** Every width, of either side (RFC 7692 §7.1.2). */
const WIDTHS = [8, 9, 10, 11, 12, 13, 14, 15].flatMap((bits) => [
  `permessage-deflate; server_max_window_bits=${bits}`,
  `permessage-deflate; client_max_window_bits=${bits}`,
]);

/** RFC 7692 §5 and §7.1: which offers a server may accept, and how. */
export function deflateOffers(): RequestCase[] {
  return [
    ...table("valid", VALID, { status: [101], extension: "fitting" }),
    ...table("disputed", DISPUTED, { status: [101], tolerate: [400], extension: "fitting" }),
    ...table("width", WIDTHS, { status: [101], extension: "fitting" }),
    ...table("invalid", INVALID, { status: [101, 400], extension: "none" }),
    ...table("malformed", MALFORMED, { status: [400], tolerate: [101, "refusal"], extension: "none" }),
    ...tooMany(),
  ];
}

function table(kind: string, offers: readonly string[], expect: AnswerExpectation): RequestCase[] {
  return offers.map((offer, at) => row(`offer-${kind}-${at}`, offer, [offer], expect));
}

function row(name: string, title: string, offers: readonly string[], expect: AnswerExpectation): RequestCase {
  const add = offers.map((offer) => ["Sec-WebSocket-Extensions", offer] as const);
  const shown = title.length > 100 ? `${title.slice(0, 100)}…` : title;
  return { kind: "request", id: `7692/7.1/${name}`, title: shown, send: requestText({ add }), expect };
}

function tooMany(): RequestCase[] {
  const expect: AnswerExpectation = { status: [101, 400], extension: "fitting" };
  const offer = "permessage-deflate";
  return [
    row("offer-200-times", "200 offers in a header", [Array(200).fill(offer).join(", ")], expect),
    row("offer-in-two-headers", "offers in two headers", [`${offer}; x-unheard-of`, offer], expect),
    row("offer-100-parameters", "100 unknown parameters", [`${offer}${"; a".repeat(100)}`], {
      ...expect,
      extension: "none",
    }),
  ];
}
