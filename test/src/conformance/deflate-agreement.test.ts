import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DeflateAgreement, PeerInflater, readAgreement } from "./deflate-agreement.ts";
import { deflated } from "./families/deflated.ts";
import { parseHead } from "./http-head.ts";
import { randomFrom } from "./wire-frame.ts";

const DEFLATE = "permessage-deflate";
const FREE: DeflateAgreement = { serverBits: 15, clientBits: 15, serverForgets: false, clientForgets: false };

function read(answer: string | undefined, offer: string): DeflateAgreement | "none" | "wrong" {
  const header = answer === undefined ? "" : `Sec-WebSocket-Extensions: ${answer}\r\n`;
  const agreement = readAgreement(parseHead(`HTTP/1.1 101 Switching Protocols\r\n${header}\r\n`), offer);
  return agreement instanceof Error ? "wrong" : agreement;
}

describe("an agreement on permessage-deflate", () => {
  const rows: readonly (readonly [
    answer: string | undefined,
    offer: string,
    agreement: Partial<DeflateAgreement> | string,
  ])[] = [
    [undefined, DEFLATE, "none"],
    [DEFLATE, DEFLATE, {}],
    [`${DEFLATE}; server_no_context_takeover`, DEFLATE, { serverForgets: true }],
    [`${DEFLATE}; client_no_context_takeover`, DEFLATE, { clientForgets: true }],
    [`${DEFLATE}; server_max_window_bits=10`, DEFLATE, { serverBits: 10 }],
    [`${DEFLATE}; server_max_window_bits=9`, `${DEFLATE}; server_max_window_bits=10`, { serverBits: 9 }],
    [`${DEFLATE}; client_max_window_bits="9"`, `${DEFLATE}; client_max_window_bits`, { clientBits: 9 }],
    [DEFLATE, `${DEFLATE}; nonsense, ${DEFLATE}`, {}],
    [DEFLATE, "", "wrong"],
    [DEFLATE, `${DEFLATE}; nonsense`, "wrong"],
    [`${DEFLATE}, ${DEFLATE}`, DEFLATE, "wrong"],
    [`${DEFLATE}; nonsense`, DEFLATE, "wrong"],
    [`${DEFLATE}; client_max_window_bits=9`, DEFLATE, "wrong"],
    [`${DEFLATE}; client_max_window_bits`, `${DEFLATE}; client_max_window_bits`, "wrong"],
    [`${DEFLATE}; client_max_window_bits=12`, `${DEFLATE}; client_max_window_bits=11`, "wrong"],
    [`${DEFLATE}; server_max_window_bits=11`, `${DEFLATE}; server_max_window_bits=10`, "wrong"],
    [DEFLATE, `${DEFLATE}; server_max_window_bits=10`, "wrong"],
    [DEFLATE, `${DEFLATE}; server_no_context_takeover`, "wrong"],
    [`${DEFLATE}; server_max_window_bits=16`, DEFLATE, "wrong"],
  ];
  for (const [answer, offer, wanted] of rows) {
    it(`"${answer}" to "${offer}" is ${JSON.stringify(wanted)}`, () => {
      assert.deepEqual(read(answer, offer), typeof wanted === "string" ? wanted : { ...FREE, ...wanted });
    });
  }
});

describe("the messages of a peer", () => {
  const random = randomFrom("agreement");
  const block = Buffer.from(Array.from({ length: 2000 }, () => Math.floor(random() * 256)));
  const twice = Buffer.concat([block, block]);

  it("are refused when they look back further than was agreed on", () => {
    assert.deepEqual(new PeerInflater(FREE, "client").message(deflated(twice)), twice);
    assert.equal(new PeerInflater({ ...FREE, serverBits: 9 }, "client").message(deflated(twice)), undefined);
    assert.deepEqual(new PeerInflater({ ...FREE, serverBits: 9 }, "server").message(deflated(twice)), twice);
  });

  it("are refused when they refer to a message that was to be forgotten", () => {
    const referring = deflated(block, { dictionary: block });
    const keeps = new PeerInflater(FREE, "client");
    const forgets = new PeerInflater({ ...FREE, serverForgets: true }, "client");
    for (const inflater of [keeps, forgets]) assert.deepEqual(inflater.message(deflated(block)), block);
    assert.deepEqual(keeps.message(referring), block);
    assert.equal(forgets.message(referring), undefined);
  });
});
