/**
 * Whether this process should be given work: `starting` until the store is open, `ready`, then `draining` for good.
 * The one place that health checks and the signal handlers share.
 */
export type ReadinessState = "starting" | "ready" | "draining";

export class Readiness {
  #state: ReadinessState = "starting";

  get state(): ReadinessState {
    return this.#state;
  }

  ready(): void {
    if (this.#state === "starting") this.#state = "ready";
  }

  /** There is no way back: a process that began to stop never takes work again. */
  drain(): void {
    this.#state = "draining";
  }
}
