/** How this page waits between attempts to connect. */
export interface ReconnectPace {
  /** ms before the first attempt; doubles with each further one. */
  readonly first: number;
  /** No delay is longer, ms. */
  readonly longest: number;
}

/**
 * A pace of this page's own. The pages of a server that went away must not come back in waves; drawing the pace once,
 * and not each delay, lets the page show a countdown that is true. `random` gives a share of 1.
 */
export function drawPace(random: () => number): ReconnectPace {
  return { first: Math.round(500 + 1000 * random()), longest: Math.round(4000 + 3000 * random()) };
}

/** ms before the attempt that follows `attempts` unsuccessful ones. */
export function reconnectDelay(pace: ReconnectPace, attempts: number): number {
  return Math.min(pace.longest, pace.first * 2 ** Math.min(attempts, 30));
}
