/** Cancels what it was returned for; harmless when it has already happened. */
export type Cancel = () => void;

/** Monotonic time and timers. Nothing in this package looks at the wall clock. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  now(): number;
  /** Calls back once, after `delay` ms or, when no timer can hold so long a delay, after 24 days. */
  after(delay: number, callback: () => void): Cancel;
}

const MAX_DELAY = 2_147_483_647;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, MAX_DELAY));
    return () => clearTimeout(timer);
  },
};
