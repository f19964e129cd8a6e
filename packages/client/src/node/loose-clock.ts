import { type Clock, systemClock } from "../transport/clock.ts";

const MAX_DELAY = 2_147_483_647;

/** The system's clock with timers that do not keep the process alive. */
export const looseClock: Clock = {
  now: () => systemClock.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, MAX_DELAY)).unref();
    return () => clearTimeout(timer);
  },
};
