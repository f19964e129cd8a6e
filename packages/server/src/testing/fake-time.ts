import { promisify } from "node:util";
import type { FakeClock } from "./fake-clock.ts";
import { FakeTimer } from "./fake-timer.ts";

type Callback = (...args: unknown[]) => void;

const real = { setTimeout, setInterval, clearTimeout, clearInterval };
const realNow = performance.now.bind(performance);

/** The clock whose time it is now; undefined in real time. */
let present: FakeClock | undefined;
/** How far ahead of the real time fake time has taken this process. */
let ahead = 0;
/** The real timers that go on for fake ones which were left over. */
const successors = new WeakMap<FakeTimer, NodeJS.Timeout>();

/**
 * The time of the process, for a clock to begin with. It never goes back: after fake time it is as far ahead as that got,
 * so that deadlines set meanwhile are not late by it.
 */
export function processTime(): number {
  return realNow() + ahead;
}

/**
 * Makes the clock the time of the process: of `setTimeout`, `setInterval` and `performance.now()`, wherever they are looked
 * up as globals. The timers there are go on in real time. One clock at a time. What is returned ends it.
 */
export function useFakeTime(clock: FakeClock): () => void {
  if (present !== undefined) throw new Error("another clock is the time of this process: close its server first");
  present = clock;
  set(performance, "now", () => (present === undefined ? processTime() : present.now));
  set(globalThis, "setTimeout", withPromise(fakeTimers(clock, false)));
  set(globalThis, "setInterval", fakeTimers(clock, true));
  // These stay: whoever got a fake timer may end it later, when time is real again.
  set(globalThis, "clearTimeout", clear);
  set(globalThis, "clearInterval", clear);
  return () => {
    if (present !== clock) return;
    present = undefined;
    ahead = Math.max(ahead, clock.now - realNow());
    set(globalThis, "setTimeout", real.setTimeout);
    set(globalThis, "setInterval", real.setInterval);
    for (const timer of clock.timers) goOn(timer, Math.max(1, timer.due - clock.now));
  };
}

function fakeTimers(
  clock: FakeClock,
  repeats: boolean,
): (callback: Callback, delay?: number, ...args: unknown[]) => FakeTimer {
  return (callback, delay = 1, ...args) => clock.start(() => callback(...args), Number(delay), repeats);
}

function withPromise<Set extends (callback: Callback, delay?: number, ...args: unknown[]) => FakeTimer>(
  start: Set,
): Set {
  const later = (delay?: number, value?: unknown): Promise<unknown> =>
    new Promise((resolve) => start(() => resolve(value), delay));
  return Object.assign(start, { [promisify.custom]: later });
}

function clear(timer?: NodeJS.Timeout | FakeTimer | string | number): void {
  if (!(timer instanceof FakeTimer)) {
    real.clearTimeout(timer);
    return;
  }
  timer.close();
  real.clearTimeout(successors.get(timer));
}

/** A fake timer that is left over becomes a real one, which does not keep the process alive. */
function goOn(timer: FakeTimer, delay: number): void {
  const run = (): void => {
    if (timer.repeats) goOn(timer, timer.delay);
    timer.run();
  };
  successors.set(timer, real.setTimeout(run, delay).unref());
}

function set(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
}
