import type { IncomingMessage, ServerResponse } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { failure } from "../failures.ts";
import type { Verdict, WatchDeparture } from "./allow-request.ts";

/**
 * A middleware as Express and Connect have them. It sees each request and each upgrade before the application is asked
 * (`allowRequest`), may set headers of the answer, may answer itself, and calls `next` to go on, with an error to refuse.
 */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** The middlewares of a listener, in the order of `use`. */
export class Middlewares {
  readonly #list: Middleware[] = [];
  readonly #wheel: DeadlineWheel;
  readonly #timeout: number;

  /** `timeout` is what all of them together may take, in milliseconds. */
  constructor(wheel: DeadlineWheel, timeout: number) {
    this.#wheel = wheel;
    this.#timeout = timeout;
  }

  get empty(): boolean {
    return this.#list.length === 0;
  }

  use(middleware: Middleware): void {
    this.#list.push(middleware);
  }

  /**
   * Runs all, and calls `done` once: with a verdict, or with undefined when one of them has answered. It does so within
   * this call when every middleware goes on within its own.
   */
  run(
    request: IncomingMessage,
    response: ServerResponse,
    watch: WatchDeparture,
    done: (verdict: Verdict | undefined) => void,
  ): void {
    const list = [...this.#list];
    const run = { settled: false, release: (): void => {} };
    const settle = (verdict: Verdict | undefined): void => {
      if (run.settled) return;
      run.settled = true;
      run.release();
      done(verdict);
    };
    const step = (index: number): void => {
      const middleware = list[index];
      if (middleware === undefined || run.settled) {
        settle({ row: undefined });
        return;
      }
      let called = false;
      const next = (error?: unknown): void => {
        // A middleware that goes on twice must not run the rest twice.
        if (called || run.settled) return;
        called = true;
        if (response.writableEnded) settle(undefined);
        else if (error === undefined || error === null) step(index + 1);
        else settle({ row: failure("middleware_refused"), error });
      };
      try {
        middleware(request, response, next);
      } catch (error) {
        settle({ row: failure("hook_failed"), error });
      }
    };
    step(0);
    if (!run.settled) run.release = this.#wait(response, watch, settle);
  }

  /** Someone works on it: not longer than the time allows, and not for a client that has left. */
  #wait(response: ServerResponse, watch: WatchDeparture, settle: (verdict: Verdict | undefined) => void): () => void {
    const answered = (): void => settle(undefined);
    const deadline = this.#wheel.set(this.#timeout, () => settle({ row: failure("hook_timed_out") }));
    const unwatch = watch(() => settle(response.writableEnded ? undefined : { row: failure("aborted") }));
    response.once("finish", answered);
    return () => {
      deadline.cancel();
      unwatch();
      response.off("finish", answered);
    };
  }
}
