const MAX_NAMES = 16;
/** Where the server does not say, ms: those of the first revisions did not. */
const REATTACH_TIMEOUT = 20_000;

/** What an Everwire server says of the session beyond the handshake of Engine.IO (docs/protocol/session.md, "Opening"). */
export interface EverwireHandshake {
  /** Names that are not known here stay in. */
  readonly served: readonly string[];
  /** Milliseconds that it keeps the session without a downlink. */
  readonly reattachTimeout: number;
}

/** Of the open packet; undefined: a stock server. */
export function everwireHandshake(json: string): EverwireHandshake | undefined {
  const handshake: unknown = JSON.parse(json);
  if (typeof handshake !== "object" || handshake === null) return undefined;
  if (!("everwire" in handshake) || handshake.everwire !== 1 || !("transports" in handshake)) return undefined;
  const { transports } = handshake;
  if (!Array.isArray(transports)) return undefined;
  const served = transports.slice(0, MAX_NAMES).filter((name) => typeof name === "string");
  const told = "reattachTimeout" in handshake ? handshake.reattachTimeout : undefined;
  return { served, reattachTimeout: typeof told === "number" && told > 0 ? told : REATTACH_TIMEOUT };
}
