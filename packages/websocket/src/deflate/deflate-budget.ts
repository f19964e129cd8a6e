/** How long work may keep a turn of the event loop: for all connections together, and for one of them. Milliseconds. */
const TURN_ALLOWANCE = 10;
const TURN_SHARE = 2.5;

/** Work for libuv's thread pool that waits for its place. */
export interface DeflateJob {
  /** What it takes from the budget at most, in bytes. */
  readonly bytes: number;
  /** It begins when fewer jobs than this are running. */
  readonly concurrency: number;
  /** Begins the work, which calls `finished` exactly once, later. `false`: nobody wants it any more. */
  start(finished: () => void): boolean;
}

/**
 * What compression may take of the process: jobs at a time and bytes for those of inflating. Jobs begin in the order
 * they came in; a job that needs more than is left waits, and those behind it wait as well, so that none starves. The
 * queue is bounded by the connections: each has at most one job for either direction.
 */
export class DeflateBudget {
  /** One job takes no more than this, whatever it asks for: a message beyond half of it is refused (see Inflater). */
  readonly bytes: number;
  #reserved = 0;
  #running = 0;
  #waiting: DeflateJob[] = [];

  constructor(bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes < 1) throw new RangeError("a budget is a positive number of bytes");
    this.bytes = bytes;
  }

  get reserved(): number {
    return this.#reserved;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Starts a job as soon as its turn comes; at once if it can. */
  run(job: DeflateJob): void {
    this.#waiting.push(job);
    if (this.#waiting.length === 1) this.#startNext();
  }

  #startNext(): void {
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const bytes = Math.min(job.bytes, this.bytes);
      if (this.#running >= job.concurrency || this.#reserved + bytes > this.bytes) return;
      this.#waiting.shift();
      this.#begin(job, bytes);
    }
  }

  #begin(job: DeflateJob, bytes: number): void {
    this.#running++;
    this.#reserved += bytes;
    const release = (): void => {
      this.#running--;
      this.#reserved -= bytes;
    };
    const started = job.start(() => {
      release();
      this.#startNext();
    });
    if (!started) release();
  }
}

/** The budget of the process, unless a connection is given one of its own. */
export const deflateBudget: DeflateBudget = new DeflateBudget(64 * 1024 * 1024);

/** The current turn of the event loop; what was spent in it is forgotten at the next. */
let turn = 0;
let spentInTurn = 0;
let ending = false;

function endTurn(): void {
  ending = false;
  turn++;
  spentInTurn = 0;
}

/**
 * What one connection may do on the event loop itself. Small messages are deflated and inflated there, as that costs less
 * than the way to a thread and back; beyond its share of a turn a connection's messages take that way nevertheless.
 */
export class TurnShare {
  #turn = -1;
  #spent = 0;

  /** Whether there is time left in this turn. */
  get left(): boolean {
    return spentInTurn < TURN_ALLOWANCE && (this.#turn !== turn || this.#spent < TURN_SHARE);
  }

  /** Notes work that began at `since`, a time of `performance.now()`. */
  worked(since: number): void {
    const spent = performance.now() - since;
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#spent = 0;
    }
    this.#spent += spent;
    spentInTurn += spent;
    if (ending) return;
    ending = true;
    setImmediate(endTurn);
  }
}
