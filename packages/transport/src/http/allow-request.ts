import type { IncomingMessage } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { AdmissionRefusal, failure, type TransportFailure } from "../failures.ts";

export type AllowRequest = (request: IncomingMessage, signal: AbortSignal) => void | Promise<void>;

/** The application's word on a handshake; `error` is what it threw if that was not a refusal. */
export interface Verdict {
  readonly row: TransportFailure | undefined;
  readonly error?: unknown;
}

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
    ask(hook, request, controller.signal).then(settle, (error: unknown) => settle(verdictOf(error)));
  });
}

async function ask(hook: AllowRequest, request: IncomingMessage, signal: AbortSignal): Promise<Verdict> {
  await hook(request, signal);
  return { row: undefined };
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof AdmissionRefusal) return { row: failure("forbidden").withMessage(error.message || "Forbidden") };
  return { row: failure("hook_failed"), error };
}
