import { type ExtensionOffer, type ExtensionParameter, parseExtensionOffers } from "../header/extension-offer.ts";
import { MAX_WINDOW_BITS, type ResolvedDeflateOptions } from "./deflate-options.ts";

/** RFC 7692 §7: the registered name. */
const NAME = "permessage-deflate";

/** RFC 7692 §7.1: the least a peer may name. */
const LEAST_WINDOW_BITS = 8;

/**
 * What both ends hold to from the handshake on, by the names of RFC 7692 §7.1.
 *
 * A window of 8 bits is agreed to if the peer asks for it. zlib inflates with it; it does not compress with it, so the
 * end that would have to sends its messages uncompressed, as RFC 7692 §6 leaves to every sender.
 */
export interface DeflateAgreement {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
  /** The Sec-WebSocket-Extensions header of the server's answer. */
  readonly header: string;
}

/** The parameters of one element, each at most once. */
interface DeflateParameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  /** `true`: named without a value, as only an offer may. */
  clientMaxWindowBits: number | true | undefined;
}

/** The server's choice: the first offer that it can live with (RFC 7692 §5.1); the others are declined. */
export function agreeToOffer(
  offers: readonly ExtensionOffer[],
  options: ResolvedDeflateOptions,
): DeflateAgreement | undefined {
  for (const offer of offers) {
    const parameters = offer.name === NAME ? readParameters(offer.parameters) : undefined;
    const agreement = parameters === undefined ? undefined : agree(parameters, options);
    if (agreement !== undefined) return agreement;
  }
  return undefined;
}

/** The client's offer, as the value of its Sec-WebSocket-Extensions header. */
export function deflateOffer(options: ResolvedDeflateOptions): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  return element({
    serverNoContextTakeover: options.serverNoContextTakeover,
    clientNoContextTakeover: options.clientNoContextTakeover,
    serverMaxWindowBits,
    // RFC 7692 §7.1.2.2: without it the server could not ask the client for a smaller window.
    clientMaxWindowBits: clientMaxWindowBits ?? true,
  });
}

/** What a client makes of the server's Sec-WebSocket-Extensions header; `undefined` when it does not fit the offer. */
export function checkDeflateAnswer(header: string, options: ResolvedDeflateOptions): DeflateAgreement | undefined {
  const [answer, ...more] = parseExtensionOffers(header) ?? [];
  if (answer === undefined || answer.name !== NAME || more.length > 0) return undefined;
  const parameters = readParameters(answer.parameters);
  if (parameters === undefined) return undefined;
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = parameters;
  // RFC 7692 §7.1.1.1: a server that accepts the offer of it MUST say so.
  if (options.serverNoContextTakeover && !serverNoContextTakeover) return undefined;
  // RFC 7692 §7.1.2.1: the same or a smaller window than was asked for. Unasked, the server may name any.
  if ((serverMaxWindowBits ?? MAX_WINDOW_BITS) > (options.serverMaxWindowBits ?? MAX_WINDOW_BITS)) return undefined;
  // RFC 7692 §7.1.2.2: in an answer it has a value, the offered one at most.
  if (clientMaxWindowBits === true) return undefined;
  const ownBits = options.clientMaxWindowBits ?? MAX_WINDOW_BITS;
  if ((clientMaxWindowBits ?? 0) > ownBits) return undefined;
  return {
    serverNoContextTakeover,
    // RFC 7692 §7.1.1.2: the server may forbid it; a client that does not want it does not need to be told.
    clientNoContextTakeover: clientNoContextTakeover || options.clientNoContextTakeover,
    serverMaxWindowBits: serverMaxWindowBits ?? MAX_WINDOW_BITS,
    clientMaxWindowBits: clientMaxWindowBits ?? ownBits,
    header,
  };
}

function agree(offered: DeflateParameters, options: ResolvedDeflateOptions): DeflateAgreement | undefined {
  const clientBits = agreedClientBits(offered.clientMaxWindowBits, options.clientMaxWindowBits);
  if (clientBits === "declined") return undefined;
  const serverBits = Math.min(
    offered.serverMaxWindowBits ?? MAX_WINDOW_BITS,
    options.serverMaxWindowBits ?? MAX_WINDOW_BITS,
  );
  const answer: DeflateParameters = {
    // RFC 7692 §7.1.1: the server may forbid context takeover to itself and to the client, asked for or not.
    serverNoContextTakeover: offered.serverNoContextTakeover || options.serverNoContextTakeover,
    // RFC 7692 §7.1.1.2: taking up a client's hint saves the memory of a window here.
    clientNoContextTakeover: offered.clientNoContextTakeover || options.clientNoContextTakeover,
    serverMaxWindowBits:
      offered.serverMaxWindowBits === undefined && serverBits === MAX_WINDOW_BITS ? undefined : serverBits,
    clientMaxWindowBits: clientBits,
  };
  return {
    serverNoContextTakeover: answer.serverNoContextTakeover,
    clientNoContextTakeover: answer.clientNoContextTakeover,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: clientBits ?? MAX_WINDOW_BITS,
    header: element(answer),
  };
}

/** RFC 7692 §7.1.2.2: what the answer says about the client's window; nothing unless the offer names it. */
function agreedClientBits(
  offered: number | true | undefined,
  wanted: number | undefined,
): number | undefined | "declined" {
  if (offered === undefined) return wanted === undefined ? undefined : "declined";
  if (offered === true) return wanted;
  return Math.min(offered, wanted ?? MAX_WINDOW_BITS);
}

/** `undefined` for parameters that are unknown, repeated, or have no right value: then the element is declined. */
function readParameters(list: readonly ExtensionParameter[]): DeflateParameters | undefined {
  const parameters: DeflateParameters = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  for (const parameter of list) if (!readParameter(parameter, parameters)) return undefined;
  return parameters;
}

function readParameter({ name, value }: ExtensionParameter, into: DeflateParameters): boolean {
  switch (name) {
    case "server_no_context_takeover":
      if (value !== undefined || into.serverNoContextTakeover) return false;
      into.serverNoContextTakeover = true;
      return true;
    case "client_no_context_takeover":
      if (value !== undefined || into.clientNoContextTakeover) return false;
      into.clientNoContextTakeover = true;
      return true;
    case "server_max_window_bits":
      if (into.serverMaxWindowBits !== undefined) return false;
      into.serverMaxWindowBits = windowBits(value);
      return into.serverMaxWindowBits !== undefined;
    case "client_max_window_bits":
      if (into.clientMaxWindowBits !== undefined) return false;
      into.clientMaxWindowBits = value === undefined ? true : windowBits(value);
      return into.clientMaxWindowBits !== undefined;
    default:
      return false;
  }
}

/** RFC 7692 §7.1.2: a decimal integer without leading zeroes, from 8 to 15. */
function windowBits(value: string | undefined): number | undefined {
  if (value === undefined || value.length > 2) return undefined;
  const bits = Number(value);
  const valid = Number.isInteger(bits) && bits >= LEAST_WINDOW_BITS && bits <= MAX_WINDOW_BITS;
  return valid && String(bits) === value ? bits : undefined;
}

function element(parameters: DeflateParameters): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  let text = NAME;
  if (parameters.serverNoContextTakeover) text += "; server_no_context_takeover";
  if (parameters.clientNoContextTakeover) text += "; client_no_context_takeover";
  if (serverMaxWindowBits !== undefined) text += `; server_max_window_bits=${serverMaxWindowBits}`;
  if (clientMaxWindowBits === true) text += "; client_max_window_bits";
  else if (clientMaxWindowBits !== undefined) text += `; client_max_window_bits=${clientMaxWindowBits}`;
  return text;
}
