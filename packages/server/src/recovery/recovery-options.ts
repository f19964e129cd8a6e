import { ServerError } from "../failures.ts";
import type { RecoveryStore } from "./recovery-store.ts";

/** Connection state recovery: a client that comes back soon enough goes on where it was. */
export interface RecoveryOptions {
  /** Milliseconds for which a socket that lost its connection is kept. Default 120 000. */
  readonly maxDisconnectionDuration?: number;
  /**
   * Whether the connect middlewares are left out for a socket that is recovered. Default true, as in Socket.IO: who lost
   * his rights while he was away is still let in. With `socket.expiresAt` he is not for longer than that says.
   */
  readonly skipMiddlewares?: boolean;
  /** Events that are kept for clients that are away, those of all namespaces together. Default 100 000. */
  readonly maxEvents?: number;
  /** Bytes of these events. Default 32 MiB. */
  readonly maxBytes?: number;
  /** Sockets that are kept. Default 10 000; the one that has been away for longest goes first. */
  readonly maxSockets?: number;
  /** Where events and sockets are kept. Default the memory of this process. */
  readonly store?: RecoveryStore;
}

export interface ResolvedRecovery extends Readonly<Required<Omit<RecoveryOptions, "store">>> {
  readonly store: RecoveryStore | undefined;
}

const DEFAULTS = {
  maxDisconnectionDuration: 120_000,
  maxEvents: 100_000,
  maxBytes: 32 * 1024 * 1024,
  maxSockets: 10_000,
} as const;

/** Checks the option `connectionStateRecovery`, which is off when it is undefined or false. Throws `invalid_option`. */
export function resolveRecovery(
  given: RecoveryOptions | boolean | undefined,
  checkLimit: (name: string, value: unknown) => number,
): ResolvedRecovery | undefined {
  if (given === undefined || given === false) return undefined;
  const { skipMiddlewares = true, store, ...limits } = given === true ? {} : given;
  if (typeof skipMiddlewares !== "boolean") throw new ServerError("invalid_option", "skipMiddlewares is true or false");
  const resolved: Record<keyof typeof DEFAULTS, number> = { ...DEFAULTS };
  const entries: readonly [string, unknown][] = Object.entries(limits);
  for (const [name, value] of entries) {
    if (!isLimit(name)) throw new ServerError("unknown_option", `connectionStateRecovery.${name}`);
    if (value !== undefined) resolved[name] = checkLimit(name, value);
  }
  return Object.freeze({ ...resolved, skipMiddlewares, store });
}

function isLimit(name: string): name is keyof typeof DEFAULTS {
  return Object.hasOwn(DEFAULTS, name);
}
