import { FakeTimer } from "./fake-timer.ts";

/** Node's own bound; a longer delay is as good as none there. */
const LONGEST = 2 ** 31 - 1;

/** Time that goes on when it is told to. */
export interface TestClock {
  /** Milliseconds, as `performance.now()` gives them. */
  readonly now: number;
  /**
   * Lets this much time pass: each timer runs at its moment, and before the next one runs, what it sent has arrived and was
   * answered. What takes real time, a file or a database, is not waited for. A second call begins when the first is done.
   */
  advance(milliseconds: number): Promise<void>;
}

/**
 * Timers that run when `advance` comes to them, in the order of their moments.
 *
 * `settle` is awaited before the first timer and after each: it resolves when nothing is under way any more.
 */
export class FakeClock implements TestClock {
  readonly #timers = new Set<FakeTimer>();
  readonly #settle: () => Promise<void>;
  #now: number;
  /** The advance that was asked for last. */
  #last: Promise<void> = Promise.resolve();

  constructor(start: number, settle: () => Promise<void>) {
    // Whole, so that sums of whole delays are whole.
    this.#now = Math.ceil(start);
    this.#settle = settle;
  }

  get now(): number {
    return this.#now;
  }

  /** The timers that are to come. */
  get timers(): ReadonlySet<FakeTimer> {
    return this.#timers;
  }

  start(callback: () => void, delay: number, repeats: boolean): FakeTimer {
    const timer = new FakeTimer(this, delay >= 1 && delay <= LONGEST ? delay : 1, repeats, callback);
    this.add(timer);
    return timer;
  }

  add(timer: FakeTimer): void {
    // Behind those of the same moment.
    this.#timers.delete(timer);
    this.#timers.add(timer);
  }

  remove(timer: FakeTimer): void {
    this.#timers.delete(timer);
  }

  /** Rejects with what a timer throws, and time stands at its moment then. */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0)) throw new RangeError("time goes on by a number of milliseconds, 0 or more");
    const before = this.#last;
    const advanced = before.then(() => this.#run(milliseconds));
    this.#last = advanced.catch(() => undefined);
    await advanced;
  }

  async #run(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.#settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.due);
      if (timer.repeats) timer.refresh();
      else this.remove(timer);
      timer.run();
      await this.#settle();
    }
    this.#now = end;
  }

  #next(end: number): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
