import { type DeflateBudget, deflateBudget } from "./deflate-budget.ts";

/** RFC 7692 (permessage-deflate) as one end wants it. What holds is what both ends agree on. */
export interface PerMessageDeflateOptions {
  /**
   * The server compresses each message for itself; `true`. With `false` messages may refer to earlier ones: smaller on
   * the wire, up to 40 KiB of memory for each connection and direction, and several times the CPU.
   */
  readonly serverNoContextTakeover?: boolean;
  /** The same for the messages of the client; `true`. */
  readonly clientNoContextTakeover?: boolean;
  /** How far back the server's messages refer at most, as a power of two: 9 to 15, which is also the default. */
  readonly serverMaxWindowBits?: number;
  /**
   * The same for the client. A server that sets it declines clients that cannot be told; by default it leaves the choice
   * to them.
   */
  readonly clientMaxWindowBits?: number;
  /** Shorter messages are sent as they are, in bytes; 1024. Where context is taken over, every message is compressed. */
  readonly threshold?: number;
  /** zlib's level, 0 to 9; 6. Higher ones cost much CPU and bring little. */
  readonly level?: number;
  /** zlib's memLevel, 1 to 9; 8, and 9 where context is taken over. The memory is only held while compressing. */
  readonly memLevel?: number;
  /**
   * How many messages the process compresses and inflates beside the event loop at the same time; 4, the size of
   * libuv's thread pool. More keep files and name lookups waiting.
   */
  readonly concurrencyLimit?: number;
  /** The longest message once inflated; `maxPayload`, beyond which it has no effect. */
  readonly maxInflatedBytes?: number;
  /** The memory for messages being inflated that this connection shares; one of 64 MiB for the process by default. */
  readonly budget?: DeflateBudget;
}

export type ResolvedDeflateOptions = Readonly<
  Required<Omit<PerMessageDeflateOptions, "serverMaxWindowBits" | "clientMaxWindowBits" | "memLevel">> & {
    serverMaxWindowBits: number | undefined;
    clientMaxWindowBits: number | undefined;
    memLevel: number | undefined;
  }
>;

/** RFC 7692 §7.1.2.1: a window has 8 to 15 bits, and 15 unless something else is agreed on. */
export const MAX_WINDOW_BITS = 15;

/**
 * zlib compresses with no fewer bits (it makes 9 of 8), so no fewer are asked for. What becomes of a peer's 8 is said at
 * `DeflateAgreement`.
 */
export const MIN_WINDOW_BITS = 9;

/** Fills in the defaults. `undefined`: no compression. @throws RangeError for values that make no sense. */
export function resolveDeflateOptions(
  options: boolean | PerMessageDeflateOptions | undefined,
  maxPayload: number,
): ResolvedDeflateOptions | undefined {
  if (options === undefined || options === false) return undefined;
  const given = options === true ? {} : options;
  return Object.freeze({
    serverNoContextTakeover: given.serverNoContextTakeover ?? true,
    clientNoContextTakeover: given.clientNoContextTakeover ?? true,
    serverMaxWindowBits: windowBits("serverMaxWindowBits", given.serverMaxWindowBits),
    clientMaxWindowBits: windowBits("clientMaxWindowBits", given.clientMaxWindowBits),
    threshold: within("threshold", given.threshold ?? 1024, 0, Number.MAX_SAFE_INTEGER),
    level: within("level", given.level ?? 6, 0, 9),
    memLevel: given.memLevel === undefined ? undefined : within("memLevel", given.memLevel, 1, 9),
    concurrencyLimit: within("concurrencyLimit", given.concurrencyLimit ?? 4, 1, 1024),
    maxInflatedBytes: Math.min(maxPayload, within("maxInflatedBytes", given.maxInflatedBytes ?? maxPayload, 1)),
    budget: given.budget ?? deflateBudget,
  });
}

function windowBits(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : within(name, value, MIN_WINDOW_BITS, MAX_WINDOW_BITS);
}

function within(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`perMessageDeflate.${name} must be an integer from ${least} to ${most}`);
}
