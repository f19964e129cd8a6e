export interface BackoffOptions {
  /** Bound of the first delay, ms. */
  readonly base: number;
  /** Bound of every delay, ms. */
  readonly max: number;
  /** Undefined: full jitter. Otherwise the delay is the bound ± this share of it. */
  readonly randomization: number | undefined;
}

/**
 * How long to wait before attempt number `attempt` (counted from 0).
 *
 * Full jitter takes the delay uniformly from 0 to the bound, so that the clients of a server that went away come back
 * spread over the whole interval and not in waves.
 */
export function backoffDelay(options: BackoffOptions, attempt: number, random: () => number): number {
  const bound = Math.min(options.max, options.base * 2 ** Math.min(attempt, 52));
  if (options.randomization === undefined) return Math.floor(random() * bound);
  const spread = bound * options.randomization;
  return Math.floor(Math.min(options.max, Math.max(0, bound - spread + random() * 2 * spread)));
}
