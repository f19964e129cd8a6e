import type { DeflateTerms, FrameCase } from "../conformance-case.ts";
import { randomFrom } from "../wire-frame.ts";
import { deflatedAlone } from "./deflated.ts";
import { binary, binaryMessage, echoes } from "./vocabulary.ts";

/** Distances at which blocks repeat: a compressor that may look as far back does. */
const DISTANCES = [200, 400, 900, 1800, 3500, 7000, 14_000, 30_000];

const BITS = [8, 9, 10, 11, 12, 13, 14, 15];

/** RFC 7692 §7.1: the peer compresses no further back than was agreed on. The messages of the suite are neutral. */
export function deflateWindows(): FrameCase[] {
  const both = "server_no_context_takeover; client_no_context_takeover";
  return [
    row("none", same("permessage-deflate")),
    row("server-forgets", same("permessage-deflate; server_no_context_takeover")),
    row("client-forgets", same("permessage-deflate; client_no_context_takeover")),
    row("both-forget", same(`permessage-deflate; ${both}`)),
    row("client-bits-left-open", {
      offer: "permessage-deflate; client_max_window_bits",
      answer: "permessage-deflate; client_max_window_bits=12",
    }),
    ...BITS.flatMap((bits) => [
      row(`server-bits-${bits}`, same(`permessage-deflate; server_max_window_bits=${bits}`)),
      row(
        `server-bits-${bits}-forgets`,
        same(`permessage-deflate; server_max_window_bits=${bits}; server_no_context_takeover`),
      ),
      row(`client-bits-${bits}`, same(`permessage-deflate; client_max_window_bits=${bits}`)),
      row(
        `client-bits-${bits}-forgets`,
        same(`permessage-deflate; client_max_window_bits=${bits}; client_no_context_takeover`),
      ),
    ]),
  ];
}

function same(terms: string): DeflateTerms {
  return { offer: terms, answer: terms };
}

function row(name: string, terms: DeflateTerms): FrameCase {
  const data = repeating();
  return {
    kind: "frames",
    id: `7692/7.1/window-${name}`,
    title: `messages keep to "${terms.offer}"`,
    needs: "deflate",
    terms,
    send: [data, data, data].map((one) => binary(deflatedAlone(one), { rsv: 4 })),
    expect: [echoes(binaryMessage(data), binaryMessage(data), binaryMessage(data))],
  };
}

let made: Buffer | undefined;

/** Blocks of random bytes, each twice in a row, of every distance. */
function repeating(): Buffer {
  if (made === undefined) {
    const random = randomFrom("windows");
    const block = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
    made = Buffer.concat(DISTANCES.map(block).flatMap((one) => [one, one]));
  }
  return made;
}
