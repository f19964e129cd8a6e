/** Told about what a handler threw. */
export type Report = (error: unknown) => void;

/** The default report: an uncaught exception, because a handler that throws is a fault of the program. */
export const reportUncaught: Report = (error) => {
  queueMicrotask(() => {
    throw error;
  });
};

/** Runs jobs in order, each outside the call that posted it. Bounded: a full mailbox takes no more until it has run. */
export class Mailbox {
  readonly #report: Report;
  readonly #limit: number;
  #jobs: (() => void)[] = [];

  constructor(report: Report, limit = 65_536) {
    this.#report = report;
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#jobs.length >= this.#limit;
  }

  /** Queues a job. False when the mailbox is full: the job is dropped, and the caller says what that means. */
  post(job: () => void): boolean {
    if (this.full) return false;
    if (this.#jobs.push(job) === 1) queueMicrotask(() => this.#run());
    return true;
  }

  // Jobs posted by a job run in a later microtask, so the list taken here is finite.
  #run(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) this.guard(job);
  }

  /** Runs a job at once; what it throws is reported and goes no further. */
  guard(job: () => void): void {
    try {
      job();
    } catch (error) {
      this.#report(error);
    }
  }
}
