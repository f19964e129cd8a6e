import type { SetDeadline } from "../event/acknowledgements.ts";
import { deadlines } from "../event/deadline-lists.ts";
import type { ListenerMap } from "../event/listener-map.ts";
import { RateLimiter } from "../limits/rate-limiter.ts";
import { jsonCodec, type PacketCodec } from "../packet/packet-codec.ts";
import { parserCodec } from "../packet/parser-codec.ts";
import { Recovery } from "../recovery/recovery.ts";
import { RepeatFilter } from "../repeats/repeat-filter.ts";
import type { HandlerFailure, ResolvedServerOptions, ServerLogEntry } from "./server-options.ts";

// The defaults of the listener, which checks its options itself.
const PING_INTERVAL = 25_000;
const PING_TIMEOUT = 20_000;
const REATTACH_TIMEOUT = 20_000;

/** What every part of one server shares. */
export interface Runtime {
  readonly options: ResolvedServerOptions;
  readonly setDeadline: SetDeadline;
  /** How packets are written, and read. */
  readonly codec: PacketCodec;
  /** Knows the events that clients send again. */
  readonly repeats: RepeatFilter;
  /** Present where only so many events are taken. */
  readonly limiter: RateLimiter | undefined;
  /** Present where clients that come back go on where they were. */
  readonly recovery: Recovery | undefined;
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
    codec: options.parser === undefined ? jsonCodec(options.decoder) : parserCodec(options.parser, options.decoder),
    repeats: new RepeatFilter(),
    limiter: options.rateLimits && new RateLimiter(options.rateLimits, deadlines.set),
    recovery: options.recovery && new Recovery(options.recovery, graceOf(options.listener), deadlines.set),
    report: (error, namespace, socketId) => {
      const failure: HandlerFailure = { error, namespace, socketId };
      write(error, namespace, socketId);
      listeners.emit("handler_error", [failure], (nested) => write(nested, namespace, socketId));
    },
  };
}

/**
 * Milliseconds after which a live client has what was sent to it: a ping goes out within an interval, behind all that was
 * sent before, its answer comes within a timeout, and the end of the connection is noticed within another.
 */
function graceOf({ pingInterval, pingTimeout, reattachTimeout }: ResolvedServerOptions["listener"]): number {
  return (pingInterval ?? PING_INTERVAL) + 2 * (pingTimeout ?? PING_TIMEOUT) + (reattachTimeout ?? REATTACH_TIMEOUT);
}
