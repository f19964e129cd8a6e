import { isThenable } from "./listener-map.ts";

/** Goes on to the next function, or ends the chain with an error. Only the first call of each `next` counts. */
export type Next = (error?: Error | null) => void;

/** One link of a chain: it must call `next`, now or later; a throw or a rejection ends the chain. */
export type Middleware<Subject> = (subject: Subject, next: Next) => unknown;

/** How a chain ended: passed, refused by the application with `next(error)`, or broken by a throw or a rejection. */
export type MiddlewareResult =
  | { readonly outcome: "passed" }
  | { readonly outcome: "refused"; readonly error: Error }
  | { readonly outcome: "broken"; readonly error: unknown };

/**
 * Runs `chain` in order and calls `done` exactly once. What a function throws or rejects with after the end goes to `late`.
 *
 * A chain in which some function never calls `next` never ends: whoever runs it sets the deadline. With functions that
 * answer at once everything happens within this call.
 */
export function runMiddleware<Subject>(
  chain: readonly Middleware<Subject>[],
  subject: Subject,
  done: (result: MiddlewareResult) => void,
  late: (error: unknown) => void,
): void {
  let over = false;
  const end = (result: MiddlewareResult): void => {
    if (over) return;
    over = true;
    done(result);
  };
  const step = (index: number): void => {
    const link = chain[index];
    if (link === undefined) {
      end({ outcome: "passed" });
      return;
    }
    let called = false;
    const next: Next = (error) => {
      if (called || over) return;
      called = true;
      if (error === undefined || error === null) step(index + 1);
      else end({ outcome: "refused", error });
    };
    attempt(link, subject, next, (error) => (over ? late(error) : end({ outcome: "broken", error })));
  };
  step(0);
}

function attempt<Subject>(
  link: Middleware<Subject>,
  subject: Subject,
  next: Next,
  broken: (error: unknown) => void,
): void {
  try {
    const result = link(subject, next);
    if (isThenable(result)) result.then(undefined, broken);
  } catch (error) {
    broken(error);
  }
}
