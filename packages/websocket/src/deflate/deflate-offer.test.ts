import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseExtensionOffers } from "../header/extension-offer.ts";
import { seeded } from "../raw-peer.test.ts";
import { agreeToOffer, checkDeflateAnswer, deflateOffer } from "./deflate-offer.ts";
import {
  type PerMessageDeflateOptions,
  type ResolvedDeflateOptions,
  resolveDeflateOptions,
} from "./deflate-options.ts";

const KEEP: PerMessageDeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };
const D = "permessage-deflate";
const SNC = "server_no_context_takeover";
const CNC = "client_no_context_takeover";
const SB = "server_max_window_bits";
const CB = "client_max_window_bits";

function resolved(options: PerMessageDeflateOptions): ResolvedDeflateOptions {
  const all = resolveDeflateOptions(options, 1_000_000);
  assert.ok(all !== undefined);
  return all;
}

function answerTo(header: string, options: PerMessageDeflateOptions): string | undefined {
  const offers = parseExtensionOffers(header);
  assert.ok(offers !== undefined, `${header} follows the grammar`);
  return agreeToOffer(offers, resolved(options))?.header;
}

describe("a server's answer to an offer of permessage-deflate", () => {
  // RFC 7692 §7.1: offer, what the server is told to want, answer; `undefined` where the offer is declined.
  const rows: readonly (readonly [offer: string, options: PerMessageDeflateOptions, answer: string | undefined])[] = [
    [D, {}, `${D}; ${SNC}; ${CNC}`],
    [D, KEEP, D],
    [`${D}; ${SNC}`, KEEP, `${D}; ${SNC}`],
    [`${D}; ${CNC}`, KEEP, `${D}; ${CNC}`],
    [`${D}; ${SNC}; ${CNC}; ${SB}=10; ${CB}`, KEEP, `${D}; ${SNC}; ${CNC}; ${SB}=10`],
    [`${D}; ${SB}=15`, KEEP, `${D}; ${SB}=15`],
    [`${D}; ${SB}=12`, { ...KEEP, serverMaxWindowBits: 10 }, `${D}; ${SB}=10`],
    [`${D}; ${SB}=9`, { ...KEEP, serverMaxWindowBits: 10 }, `${D}; ${SB}=9`],
    [D, { ...KEEP, serverMaxWindowBits: 10 }, `${D}; ${SB}=10`],
    [`${D}; ${SB}="10"`, KEEP, `${D}; ${SB}=10`],
    // The server's window is 8: agreed to, and then this end compresses nothing.
    [`${D}; ${SB}=8`, KEEP, `${D}; ${SB}=8`],
    [`${D}; ${CB}`, KEEP, D],
    [`${D}; ${CB}`, { ...KEEP, clientMaxWindowBits: 11 }, `${D}; ${CB}=11`],
    [`${D}; ${CB}=10`, { ...KEEP, clientMaxWindowBits: 11 }, `${D}; ${CB}=10`],
    [`${D}; ${CB}=8`, KEEP, `${D}; ${CB}=8`],
    [D, { ...KEEP, clientMaxWindowBits: 11 }, undefined],
    [`${D}; ${CB}=16, ${D}; ${CB}=9`, KEEP, `${D}; ${CB}=9`],
    [`x-unknown, ${D}`, KEEP, D],
    [`${D}; unknown, ${D}; ${SNC}`, KEEP, `${D}; ${SNC}`],
    ...["constructor", "__proto__", "toString", "x-webkit-deflate-frame"].map((name) => [name, {}, undefined] as const),
    ...[
      "constructor",
      "__proto__",
      "__proto__=1",
      `${SNC}=1`,
      `${CNC}=true`,
      `${SNC}; ${SNC}`,
      `${CNC}; ${CNC}`,
      `${SB}`,
      `${SB}=10; ${SB}=10`,
      `${CB}; ${CB}=10`,
      ...["7", "16", "08", "010", "0", "-9", "+9", "9.0", "1e1", "0x9", "nine", "999999999999"].flatMap((value) => [
        `${SB}=${value}`,
        `${CB}=${value}`,
      ]),
      SNC.toUpperCase(),
    ].map((parameter) => [`${D}; ${parameter}`, KEEP, undefined] as const),
    // The first 16 offers are read, whatever comes after them.
    [`${"x, ".repeat(15)}${D}`, KEEP, D],
    [`${"x, ".repeat(16)}${D}`, KEEP, undefined],
  ];
  for (const [offer, options, answer] of rows) {
    const wanted = Object.keys(options).length > 2 ? ` with ${JSON.stringify(options)}` : "";
    it(`${answer === undefined ? "declines" : "accepts"} ${offer.slice(0, 100)}${wanted}`, () => {
      assert.equal(answerTo(offer, options), answer);
    });
  }

  it("says in numbers and booleans what it says in text", () => {
    const offers = parseExtensionOffers(`${D}; ${SNC}; ${SB}=12; ${CB}=9`) ?? [];
    const { header: _, ...agreed } = agreeToOffer(offers, resolved(KEEP)) ?? { header: "" };
    assert.deepEqual(agreed, {
      serverNoContextTakeover: true,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 12,
      clientMaxWindowBits: 9,
    });
  });
});

describe("a client's offer of permessage-deflate", () => {
  const rows: readonly (readonly [options: PerMessageDeflateOptions, offer: string])[] = [
    [{}, `${D}; ${SNC}; ${CNC}; ${CB}`],
    [KEEP, `${D}; ${CB}`],
    [{ ...KEEP, serverMaxWindowBits: 10, clientMaxWindowBits: 12 }, `${D}; ${SB}=10; ${CB}=12`],
  ];
  for (const [options, offer] of rows) {
    it(`is ${offer}`, () => assert.equal(deflateOffer(resolved(options)), offer));
  }

  // What a server may answer to the offer of these options, and what it may not.
  const answers: readonly (readonly [answer: string, options: PerMessageDeflateOptions, fits: boolean])[] = [
    [`${D}; ${SNC}; ${CNC}`, {}, true],
    [`${D}; ${SNC}`, {}, true],
    [D, {}, false],
    [D, KEEP, true],
    [`${D}; ${SNC}; ${CNC}`, KEEP, true],
    [`${D}; ${SB}=12`, KEEP, true],
    [`${D}; ${SB}=8; ${CB}=8`, KEEP, true],
    [`${D}; ${CB}=9`, KEEP, true],
    [`${D}; ${CB}`, KEEP, false],
    [`${D}; ${SB}`, KEEP, false],
    [`${D}; ${SB}=16`, KEEP, false],
    [`${D}; ${SB}=7`, KEEP, false],
    [`${D}; ${CB}=0`, KEEP, false],
    [`${D}; ${SNC}; ${SNC}`, KEEP, false],
    [`${D}; ${SNC}=1`, KEEP, false],
    [`${D}; more`, KEEP, false],
    [`${D}, ${D}`, KEEP, false],
    [`x-other`, KEEP, false],
    ["", KEEP, false],
    [`${D};`, KEEP, false],
    [`${D}; ${SB}=10`, { ...KEEP, serverMaxWindowBits: 10 }, true],
    [`${D}; ${SB}=9`, { ...KEEP, serverMaxWindowBits: 10 }, true],
    [`${D}; ${SB}=11`, { ...KEEP, serverMaxWindowBits: 10 }, false],
    [D, { ...KEEP, serverMaxWindowBits: 10 }, false],
    [D, { ...KEEP, clientMaxWindowBits: 10 }, true],
    [`${D}; ${CB}=10`, { ...KEEP, clientMaxWindowBits: 10 }, true],
    [`${D}; ${CB}=11`, { ...KEEP, clientMaxWindowBits: 10 }, false],
  ];
  for (const [answer, options, fits] of answers) {
    it(`${fits ? "fits" : "does not fit"} the answer "${answer}" given ${JSON.stringify(options)}`, () => {
      assert.equal(checkDeflateAnswer(answer, resolved(options)) !== undefined, fits);
    });
  }

  it("keeps to the window that it named when the server names none", () => {
    const agreed = checkDeflateAnswer(D, resolved({ ...KEEP, clientMaxWindowBits: 10 }));
    assert.equal(agreed?.clientMaxWindowBits, 10);
  });

  it("is agreed on by our own server as both mean it", () => {
    for (const bits of [9, 10, 15]) {
      const options = resolved({ serverMaxWindowBits: bits, clientMaxWindowBits: bits });
      const header = agreeToOffer(parseExtensionOffers(deflateOffer(options)) ?? [], options)?.header;
      const agreed = checkDeflateAnswer(header ?? "", options);
      assert.deepEqual([agreed?.serverMaxWindowBits, agreed?.clientMaxWindowBits], [bits, bits]);
    }
  });
});

describe("perMessageDeflate", () => {
  it("is off by default", () => {
    for (const off of [undefined, false]) assert.equal(resolveDeflateOptions(off, 1), undefined);
  });

  it("has the documented defaults", () => {
    const { budget, ...rest } = resolved({});
    assert.equal(budget.bytes, 67_108_864);
    assert.deepEqual(rest, {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: undefined,
      clientMaxWindowBits: undefined,
      threshold: 1024,
      level: 6,
      memLevel: undefined,
      concurrencyLimit: 4,
      maxInflatedBytes: 1_000_000,
    });
    assert.deepEqual(resolveDeflateOptions(true, 1_000_000), resolveDeflateOptions({}, 1_000_000));
  });

  it("refuses what makes no sense", () => {
    const names = ["serverMaxWindowBits", "clientMaxWindowBits", "level", "memLevel", "concurrencyLimit", "threshold"];
    for (const name of [...names, "maxInflatedBytes"]) {
      for (const value of [-1, 1.5, Number.NaN, 2 ** 60, "12"]) {
        assert.throws(() => resolveDeflateOptions({ [name]: value }, 1000), RangeError, `${name} ${value}`);
      }
    }
    for (const bits of [8, 16]) assert.throws(() => resolved({ serverMaxWindowBits: bits }), RangeError);
  });
});

describe("the parser of offers", () => {
  it("takes well under a microsecond a byte, whatever it is given", () => {
    const random = seeded(7692);
    const pieces = [
      D,
      SNC,
      CB,
      "=",
      ";",
      ",",
      " ",
      "\t",
      '"',
      "\\",
      "\\\\\\\\",
      "10",
      "=8",
      "x",
      "\u00e9",
      "\0",
      " ".repeat(50),
    ];
    const wide = 16 * 1024;
    const hostile = [
      `${D}; a="${"\\c".repeat(wide / 2)}`,
      `${" ".repeat(wide)}x`,
      `b${" ".repeat(wide)}x`,
      ",".repeat(wide),
      ";".repeat(wide),
      `${D}; a`.repeat(wide / 20),
      `${D}${`; ${SNC}`.repeat(wide / 30)}`,
      `a="${"x".repeat(wide)}`,
    ];
    const inputs = Array.from({ length: 3000 }, () => {
      let text = random() < 0.7 ? D : "";
      const count = Math.floor(random() ** 3 * 400);
      for (let at = 0; at < count; at++) text += pieces[Math.floor(random() * pieces.length)] ?? "";
      return text;
    });
    const options = resolved({});
    let bytes = 0;
    const before = process.cpuUsage();
    for (const input of [...inputs, ...hostile, ...hostile]) {
      bytes += input.length;
      const offers = parseExtensionOffers(input);
      if (offers !== undefined) agreeToOffer(offers, options);
      checkDeflateAnswer(input, options);
    }
    const { user, system } = process.cpuUsage(before);
    // The bar is 1 ms for a KiB.
    assert.ok((user + system) / bytes < 1, `${(user + system) / bytes} us a byte`);
  });
});
