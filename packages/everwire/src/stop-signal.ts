import type { EventEmitter } from "node:events";
import { constants } from "node:os";

/** The part of `process` that this file needs; a test passes an emitter of its own. */
export type SignalSource = Pick<EventEmitter, "on" | "off">;

export interface StopSignals {
  /** Resolves at the first signal. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Gives the signals back to their default action. */
  release(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/**
 * The first SIGINT or SIGTERM asks for a clean stop; a second one forces the end with the exit code that shells give to
 * a process killed by this signal.
 */
export function listenForStop(source: SignalSource, force: (exitCode: number) => void): StopSignals {
  let asked = false;
  let ask: (signal: NodeJS.Signals) => void = () => {};
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    ask = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) force(128 + constants.signals[signal]);
    asked = true;
    ask(signal);
  };
  for (const signal of SIGNALS) source.on(signal, onSignal);
  return {
    stop,
    release: () => {
      for (const signal of SIGNALS) source.off(signal, onSignal);
    },
  };
}
