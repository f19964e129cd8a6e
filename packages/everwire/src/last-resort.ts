import { EXIT_DEFECT } from "./failures.ts";
import type { SignalSource } from "./stop-signal.ts";

export interface LastResort {
  /** Takes the process out of service at once; must not throw. */
  unready(): void;
  /** One line for the operator. */
  log(line: string): void;
  /** Hands over what can still be handed over. Given up after `DRAIN_LIMIT`. */
  drain(): Promise<void>;
  exit(code: number): void;
}

/** A process with a defect is not trusted for longer than this. */
const DRAIN_LIMIT = 2000;

/**
 * After an exception that nobody caught the state of the process is unknown, so it never goes on: it says why, takes no
 * more work, drains for a moment and exits 70. Acknowledged messages are on disk already. Rejections come here too,
 * since Node raises them as exceptions.
 */
export function installLastResort(source: SignalSource, actions: LastResort): () => void {
  let failed = false;
  const onException = (error: unknown): void => {
    actions.unready();
    actions.log(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    // A second exception while draining: the drain itself is broken.
    if (failed) {
      actions.exit(EXIT_DEFECT);
      return;
    }
    failed = true;
    const timer = setTimeout(() => actions.exit(EXIT_DEFECT), DRAIN_LIMIT);
    void actions
      .drain()
      .catch(() => {})
      .then(() => {
        clearTimeout(timer);
        actions.exit(EXIT_DEFECT);
      });
  };
  source.on("uncaughtException", onException);
  return () => source.off("uncaughtException", onException);
}
