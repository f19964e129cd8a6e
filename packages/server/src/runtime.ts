import type { SetDeadline } from "./acknowledgements.ts";
import { deadlines } from "./deadline-lists.ts";
import type { ListenerMap } from "./listener-map.ts";
import type { HandlerFailure, ResolvedServerOptions, ServerLogEntry } from "./server-options.ts";

/** What every part of one server shares. */
export interface Runtime {
  readonly options: ResolvedServerOptions;
  readonly setDeadline: SetDeadline;
  /**
   * Takes what application code threw or rejected with. Never throws: the socket stays, the process stays, and the
   * application hears of it through `handler_error` and the log.
   */
  report(error: unknown, namespace: string, socketId?: string): void;
}

/** `listeners` are the server's own: those of `handler_error` are called with each report. */
export function createRuntime(options: ResolvedServerOptions, listeners: ListenerMap): Runtime {
  const write = (error: unknown, namespace: string, socketId: string | undefined): void => {
    const meaning = `a handler of ${namespace} failed`;
    const entry: ServerLogEntry = { level: "error", reason: "handler_error", meaning, namespace, socketId, error };
    try {
      options.log(entry);
    } catch {
      // A log that throws must not take a connection with it, and there is nobody left to tell.
    }
  };
  return {
    options,
    setDeadline: deadlines.set,
    report: (error, namespace, socketId) => {
      const failure: HandlerFailure = { error, namespace, socketId };
      write(error, namespace, socketId);
      listeners.emit("handler_error", [failure], (nested) => write(nested, namespace, socketId));
    },
  };
}
