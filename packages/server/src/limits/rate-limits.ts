import { ServerError } from "../failures.ts";

/** So many a second on average, and so many at once. */
export interface Rate {
  /** Events a second on average; may be less than 1. */
  readonly rate: number;
  /** Events at once. Default twice the rate, at least 1. */
  readonly burst?: number;
}

/** How many events are taken from clients. What is more is refused before any listener or middleware sees it. */
export interface RateLimits {
  /** Of one connection, in all of its namespaces together. Attempts to connect to a namespace count as well. */
  readonly connection?: Rate;
  /** Of one address, by all of its connections. IPv6 addresses of one /64 are one; behind a proxy see `clientAddress`. */
  readonly address?: Rate;
  /** Of one socket, by the event's name. What is refused here does not count for the others. */
  readonly events?: Readonly<Record<string, Rate>>;
  /** Refusals in a row after which the session is ended. Default 1000: who goes on regardless costs more than he is worth. */
  readonly disconnectAfter?: number;
}

/** How often something was refused, and for which limit. They only grow. */
export interface RateCounters {
  connection: number;
  address: number;
  event: number;
  /** Sessions that were ended for it. */
  disconnected: number;
}

export type ResolvedRate = Required<Rate>;

export interface ResolvedRateLimits {
  readonly connection: ResolvedRate | undefined;
  readonly address: ResolvedRate | undefined;
  /** A map, because the names that are looked up are the client's. */
  readonly events: ReadonlyMap<string, ResolvedRate>;
  readonly disconnectAfter: number;
}

/** Checks the option `rateLimits`; undefined when nothing is limited. Throws `invalid_option` or `unknown_option`. */
export function resolveRateLimits(given: RateLimits | undefined): ResolvedRateLimits | undefined {
  if (given === undefined) return undefined;
  const { connection, address, events = {}, disconnectAfter = 1000, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ServerError("unknown_option", `rateLimits.${unknown}`);
  if (!Number.isSafeInteger(disconnectAfter) || disconnectAfter < 1) {
    throw new ServerError("invalid_option", "rateLimits.disconnectAfter is a whole number from 1");
  }
  return Object.freeze({
    connection: connection && resolveRate("connection", connection),
    address: address && resolveRate("address", address),
    events: new Map(Object.entries(events).map(([name, rate]) => [name, resolveRate(`events.${name}`, rate)])),
    disconnectAfter,
  });
}

function resolveRate(name: string, { rate, burst = Math.max(1, Math.ceil(rate * 2)) }: Rate): ResolvedRate {
  if (Number.isFinite(rate) && rate > 0 && Number.isSafeInteger(burst) && burst >= 1) return { rate, burst };
  throw new ServerError("invalid_option", `rateLimits.${name} is { rate: above 0, burst: a whole number from 1 }`);
}
