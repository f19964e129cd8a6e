/** What a fake timer may ask of its clock. */
export interface TimerClock {
  readonly now: number;
  remove(timer: FakeTimer): void;
  add(timer: FakeTimer): void;
}

/** A timer of a fake clock, with the methods that Node's have. It never keeps the process alive. */
export class FakeTimer {
  due: number;
  /** An interval begins anew. */
  readonly repeats: boolean;
  readonly delay: number;
  readonly #clock: TimerClock;
  readonly #callback: () => void;
  #referenced = true;
  #closed = false;

  constructor(clock: TimerClock, delay: number, repeats: boolean, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
    this.delay = delay;
    this.repeats = repeats;
    this.due = clock.now + delay;
  }

  run(): void {
    this.#callback();
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  /** Does nothing for a timer that was closed, as in Node. */
  refresh(): this {
    if (this.#closed) return this;
    this.due = this.#clock.now + this.delay;
    this.#clock.add(this);
    return this;
  }

  close(): this {
    this.#closed = true;
    this.#clock.remove(this);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
