const MAX_NAMES = 16;

/** The transports that an Everwire server names in its open packet; undefined: a stock server. Unknown names stay in. */
export function servedTransports(json: string): readonly string[] | undefined {
  const handshake: unknown = JSON.parse(json);
  if (typeof handshake !== "object" || handshake === null) return undefined;
  if (!("everwire" in handshake) || handshake.everwire !== 1 || !("transports" in handshake)) return undefined;
  const { transports } = handshake;
  if (!Array.isArray(transports)) return undefined;
  return transports.slice(0, MAX_NAMES).filter((name) => typeof name === "string");
}
