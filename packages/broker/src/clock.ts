/** Where an implementation takes time from. Injected, so that a test moves time by hand and never sleeps. */
export interface Clock {
  /** Monotonic milliseconds. Every deadline, lease and window is counted on this, so a stepped wall clock expires nothing. */
  now(): number;
  /** Milliseconds since the Unix epoch, for people and for retention by age; never for order. */
  time(): number;
  /** Calls back once, after `ms`. Returns what cancels it. A waiting callback does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  time: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
