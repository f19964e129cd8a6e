import { constants, inflateRawSync } from "node:zlib";
import { type HttpHead, headerValue } from "./http-head.ts";
import type { Role } from "./wire-frame.ts";

/** What a Sec-WebSocket-Extensions header says of one extension. A value is "" when there is only a name. */
interface Extension {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
}

/** RFC 7692 §7.1: what holds for the messages of each side. */
export interface DeflateAgreement {
  readonly serverBits: number;
  readonly clientBits: number;
  readonly serverForgets: boolean;
  readonly clientForgets: boolean;
}

/** RFC 7692 §7.2.1: what the sender leaves out at the end of a message. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** zlib looks back into what it has just put out, however narrow the window: the less that is, the stricter it is. */
const SMALLEST_CHUNK = 64;
const LARGE_CHUNK = 64 * 1024;

const BITS = /^([89]|1[0-5])$/;

/** What an answer's extensions come to: an agreement, "none", or what is wrong with them. */
export function readAgreement(answer: HttpHead, offer: string | undefined): DeflateAgreement | "none" | Error {
  const value = headerValue(answer, "sec-websocket-extensions");
  if (value === undefined) return "none";
  const [chosen, ...others] = parseExtensions(value);
  if (chosen === undefined || others.length > 0) return new Error(`the answer chooses "${value}"`);
  const offered = parseExtensions(offer ?? "").filter(({ name }) => name === chosen.name);
  if (offered.length === 0) return new Error(`the answer chooses "${value}", which was not offered`);
  const terms = readTerms(chosen, false);
  if (terms === undefined) return new Error(`the answer chooses "${value}", which is no valid choice`);
  const fits = offered.some((one) => readTerms(one, true) !== undefined && answersOffer(terms, one));
  return fits ? agreementOf(terms) : new Error(`the answer chooses "${value}", which fits no valid offer`);
}

/** The parameters of an answer or an offer, or `undefined` when the RFC forbids them. */
function readTerms({ name, parameters }: Extension, offer: boolean): Map<string, string | undefined> | undefined {
  if (name !== "permessage-deflate") return undefined;
  const terms = new Map<string, string | undefined>();
  for (const [key, value] of parameters) {
    // RFC 7692 §7: an unknown name, a bad value or a second parameter of the same name is to be declined.
    if (terms.has(key) || !isParameter(key, value, offer)) return undefined;
    terms.set(key, value);
  }
  return terms;
}

function isParameter(key: string, value: string | undefined, offer: boolean): boolean {
  if (key === "server_no_context_takeover" || key === "client_no_context_takeover") return value === undefined;
  // §7.1.2.2: only in an offer may client_max_window_bits stand without a value.
  if (key === "client_max_window_bits" && value === undefined) return offer;
  return (key === "server_max_window_bits" || key === "client_max_window_bits") && BITS.test(value ?? "");
}

/** Whether an answer keeps to what `offer` asked for. */
function answersOffer(answer: ReadonlyMap<string, string | undefined>, { parameters }: Extension): boolean {
  const offer = new Map(parameters);
  // §7.1.1.1 and §7.1.2.1: accepting such an offer means to say so.
  if (offer.has("server_no_context_takeover") && !answer.has("server_no_context_takeover")) return false;
  const wanted = offer.get("server_max_window_bits");
  if (wanted !== undefined && !(Number(answer.get("server_max_window_bits")) <= Number(wanted))) return false;
  // §7.1.2.2: an answer must not name a limit that the client did not say it can keep, nor a wider one.
  if (!answer.has("client_max_window_bits")) return true;
  if (!offer.has("client_max_window_bits")) return false;
  return Number(answer.get("client_max_window_bits")) <= Number(offer.get("client_max_window_bits") ?? 15);
}

function agreementOf(terms: ReadonlyMap<string, string | undefined>): DeflateAgreement {
  return {
    serverBits: Number(terms.get("server_max_window_bits") ?? 15),
    clientBits: Number(terms.get("client_max_window_bits") ?? 15),
    serverForgets: terms.has("server_no_context_takeover"),
    clientForgets: terms.has("client_no_context_takeover"),
  };
}

/** Reads a well-formed header; quoted values lose their quotes (RFC 6455 §9.1). */
function parseExtensions(value: string): Extension[] {
  if (value.trim() === "") return [];
  return value.split(",").map((item) => {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    return { name, parameters: parameters.map(parseParameter) };
  });
}

function parseParameter(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf("=");
  if (equals === -1) return [text, undefined];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim(), /^"(.*)"$/.exec(value)?.[1]?.replaceAll("\\", "") ?? value];
}

/** Decompresses the messages of the peer, and no more than the agreement lets it send. */
export class PeerInflater {
  readonly #forgets: boolean;
  readonly #windowBits: number;
  /** The compressed messages so far: the window, in the form in which zlib takes it without a stream. */
  #history: Buffer = Buffer.alloc(0);
  #inflated = 0;

  constructor(agreement: DeflateAgreement, suite: Role) {
    this.#forgets = suite === "client" ? agreement.serverForgets : agreement.clientForgets;
    this.#windowBits = suite === "client" ? agreement.serverBits : agreement.clientBits;
  }

  /** A message, or `undefined` when it does not decompress under what was agreed on. */
  message(payload: Buffer): Buffer | undefined {
    this.#history = Buffer.concat([this.#history, payload, TAIL]);
    const before = this.#inflated;
    try {
      const chunkSize = this.#windowBits < 15 ? SMALLEST_CHUNK : LARGE_CHUNK;
      const options = { windowBits: this.#windowBits, chunkSize, finishFlush: constants.Z_SYNC_FLUSH };
      const all = inflateRawSync(this.#history, options);
      this.#inflated = all.length;
      return all.subarray(before);
    } catch {
      return undefined;
    } finally {
      if (this.#forgets) {
        this.#history = Buffer.alloc(0);
        this.#inflated = 0;
      }
    }
  }
}
