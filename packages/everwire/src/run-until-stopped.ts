import { EXIT_FAILED, EXIT_OK } from "./failures.ts";
import { installLastResort } from "./last-resort.ts";
import { listenForStop } from "./stop-signal.ts";
import type { Terminal } from "./terminal.ts";

/** Something that was started and runs until it is closed. */
export interface Running {
  /** Printed once it runs. */
  readonly announcement: string;
  /** Reports itself as not ready from now on. */
  unready(): void;
  /** May be called again; every call resolves when it is closed. */
  close(): Promise<void>;
}

/** A stop that takes longer is stuck; supervisors kill after 10 s (containers) or later, and would say less about it. */
const STOP_LIMIT = 8000;

/**
 * The life of a command that serves: start, announce, wait for a signal, close. A signal that comes during the start is
 * kept and obeyed right after it. Rejects when the start does.
 */
export async function runUntilStopped(start: () => Promise<Running>, terminal: Terminal): Promise<number> {
  const signals = listenForStop(terminal.signals, terminal.exit);
  let running: Running | undefined;
  const uninstall = installLastResort(terminal.signals, {
    unready: () => running?.unready(),
    log: (line) => terminal.err(`${line}\n`),
    drain: async () => running?.close(),
    exit: terminal.exit,
  });
  try {
    running = await start();
    terminal.out(running.announcement);
    const signal = await signals.stop;
    terminal.out(`\n${signal}: stopping; a second signal ends it at once.\n`);
    const stuck = setTimeout(() => giveUp(terminal), STOP_LIMIT);
    await running.close();
    clearTimeout(stuck);
    terminal.out("Stopped.\n");
    return EXIT_OK;
  } finally {
    uninstall();
    signals.release();
  }
}

function giveUp(terminal: Terminal): void {
  terminal.err(`error: it did not stop within ${STOP_LIMIT / 1000} seconds and is ended.\n`);
  terminal.exit(EXIT_FAILED);
}
