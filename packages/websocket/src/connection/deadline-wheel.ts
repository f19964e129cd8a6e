const SLOTS = 256;

/** A callback that runs once, unless it is cancelled before. */
export interface Deadline {
  /** Whether the callback is still to come. */
  readonly pending: boolean;
  /** Takes the deadline back. Harmless when it has passed. */
  cancel(): void;
  /** Sets the deadline anew, `ms` from now; also when it has passed or was cancelled. */
  renew(ms: number): void;
}

/**
 * Deadlines of a whole process on one timer: a hashed wheel of linked lists, so that `set`, `cancel` and `renew` cost
 * the same with ten deadlines and with a hundred thousand.
 *
 * A deadline is never early and at most one tick late. The timer exists while deadlines do and never keeps the process
 * alive. Putting a deadline off does not move it: it is looked at when its old slot comes by.
 */
export class DeadlineWheel {
  readonly #clock: () => number;
  readonly #tick: number;
  readonly #slots: (WheelMember | undefined)[] = new Array(SLOTS).fill(undefined);
  #turn: number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What made the timer. In a test it may have been replaced since, and the old timers be those of another time. */
  #maker: typeof setInterval | undefined;

  /** @param clock monotonic milliseconds. @param tick the resolution in milliseconds. */
  constructor(clock: () => number = () => performance.now(), tick = 250) {
    this.#clock = clock;
    this.#tick = tick;
    this.#turn = this.#turnAt(clock());
  }

  /** How many deadlines are pending. */
  get size(): number {
    return this.#size;
  }

  /** The callback is given the argument, if there is one: who sets many deadlines needs no closure for each. */
  set(ms: number, callback: () => void): Deadline;
  set<A>(ms: number, callback: (argument: A) => void, argument: A): Deadline;
  set(ms: number, callback: (argument: unknown) => void, argument?: unknown): Deadline {
    const entry = new Entry(this, callback, argument);
    this.renew(entry, ms);
    return entry;
  }

  /** Runs what is due. The wheel's own timer calls it; tests call it with a clock of their own. */
  advance(): void {
    const now = this.#clock();
    const last = this.#turnAt(now);
    // After a pause longer than a whole turn of the wheel one look at every slot is enough.
    this.#turn = Math.max(this.#turn, last - SLOTS + 1);
    // The slot of the present moment is looked at again on the next tick: it may hold deadlines later within it. A
    // callback that throws leaves the rest of its slot for the next tick as well.
    for (; this.#turn < last; this.#turn++) this.#runSlot(this.#turn % SLOTS, now);
    this.#runSlot(last % SLOTS, now);
    if (this.#size === 0) this.#stop();
  }

  /**
   * Calls a member's `timeUp` once, so many milliseconds from now, whatever was said before. For those of which there are
   * as many as peers: what others keep in an object for each deadline, a member has in itself.
   */
  renew(entry: WheelMember, ms: number): void {
    if (!(ms >= 0)) throw new RangeError("a deadline needs a number of milliseconds, 0 or more");
    // A whole number is kept in the entry itself, any other in an object of its own.
    const due = Math.ceil(this.#clock() + ms);
    const later = entry.slot >= 0 && due >= entry.due;
    entry.due = due;
    if (later) return;
    this.remove(entry);
    this.#insert(entry);
  }

  /** Calls it no more. */
  remove(entry: WheelMember): void {
    if (entry.slot < 0) return;
    if (entry.before !== undefined) entry.before.after = entry.after;
    else this.#slots[entry.slot] = entry.after;
    if (entry.after !== undefined) entry.after.before = entry.before;
    entry.before = undefined;
    entry.after = undefined;
    entry.slot = -1;
    this.#size--;
  }

  #insert(entry: WheelMember): void {
    if (this.#size === 0) this.#begin();
    const slot = Math.max(this.#turnAt(entry.due), this.#turn) % SLOTS;
    const first = this.#slots[slot];
    entry.slot = slot;
    entry.after = first;
    if (first !== undefined) first.before = entry;
    this.#slots[slot] = entry;
    this.#size++;
  }

  #runSlot(slot: number, now: number): void {
    let entry = this.#slots[slot];
    while (entry !== undefined) {
      // A callback may cancel or add any deadline of this slot, so the walk starts anew after each one.
      if (entry.due > now) {
        entry = this.#passOver(entry, slot);
      } else {
        this.remove(entry);
        entry.timeUp();
        entry = this.#slots[slot];
      }
    }
  }

  /** Leaves a deadline of a later turn where it is, or moves one that was put off to the slot it belongs in. */
  #passOver(entry: WheelMember, slot: number): WheelMember | undefined {
    const next = entry.after;
    if (this.#turnAt(entry.due) % SLOTS !== slot) {
      this.remove(entry);
      this.#insert(entry);
    }
    return next;
  }

  #turnAt(time: number): number {
    return Math.floor(time / this.#tick);
  }

  #begin(): void {
    // While the timer runs `advance` alone moves the turn: this may be a callback of the slot it stands at.
    if (this.#timer !== undefined && this.#maker === setInterval) return;
    clearInterval(this.#timer);
    this.#maker = setInterval;
    this.#turn = this.#turnAt(this.#clock());
    this.#timer = setInterval(() => this.advance(), this.#tick);
    this.#timer.unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** What can be a deadline of a wheel itself, one at a time. Its fields are the wheel's. */
export abstract class WheelMember {
  /** @internal */
  due = 0;
  /** @internal */
  slot = -1;
  /** @internal */
  before: WheelMember | undefined;
  /** @internal */
  after: WheelMember | undefined;

  /** @internal */
  abstract timeUp(): void;
}

class Entry extends WheelMember implements Deadline {
  readonly #wheel: DeadlineWheel;
  readonly #callback: (argument: unknown) => void;
  readonly #argument: unknown;

  constructor(wheel: DeadlineWheel, callback: (argument: unknown) => void, argument: unknown) {
    super();
    this.#wheel = wheel;
    this.#callback = callback;
    this.#argument = argument;
  }

  get pending(): boolean {
    return this.slot >= 0;
  }

  cancel(): void {
    this.#wheel.remove(this);
  }

  renew(ms: number): void {
    this.#wheel.renew(this, ms);
  }

  timeUp(): void {
    this.#callback(this.#argument);
  }
}

/** The wheel that every package of a process shares. */
export const deadlines: DeadlineWheel = new DeadlineWheel();
