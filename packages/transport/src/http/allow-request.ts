import type { IncomingMessage } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { AdmissionRefusal, failure, type TransportFailure } from "../failures.ts";

/** Says whether a session may be opened: `answer(null, true)`, or a message for the client and false. */
export type AllowAnswer = (message: string | null | undefined, allow: boolean) => void;

/** A hook that returns its decision or a promise of it, or that calls `answer`: see the option `allowRequest`. */
export type AllowRequest = (request: IncomingMessage, answer: AllowAnswer, signal: AbortSignal) => unknown;

/** The application's word on a handshake; `error` is what it threw if that was not a refusal. */
export interface Verdict {
  readonly row: TransportFailure | undefined;
  readonly error?: unknown;
}

const ALLOWED: Verdict = Object.freeze({ row: undefined });

/** Calls back when the client leaves; the result takes the callback back. */
export type WatchDeparture = (left: () => void) => () => void;

/**
 * Asks the application's hook. The answer comes at the latest after `timeout`, or when the client leaves; the hook's
 * signal is aborted then, and whatever it says later is ignored.
 */
export function askAllowRequest(
  hook: AllowRequest,
  request: IncomingMessage,
  watch: WatchDeparture,
  timeout: number,
  wheel: DeadlineWheel,
): Promise<Verdict> {
  return new Promise((resolve) => {
    const controller = new AbortController();
    const settle = (verdict: Verdict): void => {
      deadline.cancel();
      unwatch();
      resolve(verdict);
    };
    const giveUp = (reason: "hook_timed_out" | "aborted"): void => {
      settle({ row: failure(reason) });
      controller.abort();
    };
    const deadline = wheel.set(timeout, () => giveUp("hook_timed_out"));
    const unwatch = watch(() => giveUp("aborted"));
    ask(hook, request, controller.signal, settle).catch((error: unknown) => settle(verdictOf(error)));
  });
}

/** The first answer counts: `settle` resolves a promise, which later ones do not change. */
async function ask(
  hook: AllowRequest,
  request: IncomingMessage,
  signal: AbortSignal,
  settle: (verdict: Verdict) => void,
): Promise<void> {
  const answer: AllowAnswer = (message, allow) => settle(allow ? ALLOWED : refusedWith(message));
  const decision = await hook(request, answer, signal);
  if (decision === false) settle(refusedWith(undefined));
  // A hook that takes `answer` may return, or resolve, long before it decides.
  else if (decision === true || hook.length < 2) settle(ALLOWED);
}

function refusedWith(message: string | null | undefined): Verdict {
  return { row: failure("forbidden").withMessage(message ? String(message) : "Forbidden") };
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof AdmissionRefusal) return refusedWith(error.message);
  return { row: failure("hook_failed"), error };
}
