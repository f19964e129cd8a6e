import type { DecoderLimits } from "@everwire/protocol";
import { defaultLog, type ListenerOptions, type LogEntry } from "@everwire/transport";
import { ServerError } from "../failures.ts";
import { type RateLimits, type ResolvedRateLimits, resolveRateLimits } from "../limits/rate-limits.ts";
import type { Parser } from "../packet/parser-codec.ts";
import { type RecoveryOptions, type ResolvedRecovery, resolveRecovery } from "../recovery/recovery-options.ts";
import { listenerWords, type SocketIoOptions } from "./socket-io-options.ts";

/** What application code threw or rejected with, and where. */
export interface HandlerFailure {
  readonly error: unknown;
  readonly namespace: string;
  readonly socketId: string | undefined;
}

/** One line for the log: a refusal of the transport, or a failure of the application. */
export type ServerLogEntry =
  | LogEntry
  | {
      readonly level: "error";
      readonly reason: "handler_error";
      readonly meaning: string;
      readonly namespace: string;
      readonly socketId: string | undefined;
      readonly error: unknown;
    };

/** How a server behaves; the listener's options are among them. An unknown name is an error, and so is a limit of 0. */
export interface ServerOptions extends Omit<ListenerOptions, "log" | "cors">, SocketIoOptions {
  /** Milliseconds a session may be without a namespace, and a connect middleware without an answer. Default 10 000. */
  readonly connectTimeout: number;
  /** Namespaces one session may be in. Default 64. */
  readonly maxNamespaces: number;
  /**
   * Namespaces that parents may have made, in the whole server. Default 10 000. Clients choose the names: beyond it those
   * who ask for one more are refused.
   */
  readonly maxChildNamespaces: number;
  /**
   * Whether a namespace that a parent made is forgotten when its last socket has left. Default true. With false every name
   * that a client ever asked for stays in memory, up to `maxChildNamespaces`.
   */
  readonly cleanupEmptyChildNamespaces: boolean;
  /** Milliseconds before the end of a socket's credentials at which its client is asked for new ones. Default 30 000. */
  readonly renewBefore: number;
  /** Rooms one socket may be in, its own included. Default 1000; `join` throws beyond it. */
  readonly maxRooms: number;
  /** Acknowledgements one socket may owe. Default 1024; `emit` throws beyond it. */
  readonly maxPendingAcks: number;
  /** Milliseconds to wait for an acknowledgement when the application names no time. Default 30 000. */
  readonly ackTimeout: number;
  /** Attachments of one packet. Default 10, which is also what other implementations accept. */
  readonly maxAttachments: number;
  /** Bytes of all attachments of one packet. Default 4 000 000. Held in memory until the packet is complete. */
  readonly maxAttachmentBytes: number;
  /** Milliseconds for the attachments of a packet to arrive. Default 10 000. */
  readonly attachmentTimeout: number;
  /**
   * Lets clients that lost their connection go on where they were: same id, rooms and data, and the events they missed.
   * Default off; `true` or `{}` for the defaults of its own options. Every event that could be sent again is kept in memory.
   */
  readonly connectionStateRecovery: RecoveryOptions | boolean;
  /**
   * How many events are taken from a connection, an address, and of one name. Default no limit: what is normal is known to
   * the application alone. Every server on the open internet should have one.
   */
  readonly rateLimits: RateLimits | undefined;
  /**
   * Serves the client for web pages under the path: `socket.io.js`, `socket.io.min.js`, `socket.io.esm.min.js` and the
   * client's own names. Default true, where `@everwire/client` is installed beside the server. A text is the folder of its files.
   */
  readonly serveClient: boolean | string;
  /**
   * Another encoding of packets, such as `socket.io-msgpack-parser`; every client must have the same one. Default JSON. The
   * limits of attachments hold for the messages of a packet that is not complete.
   */
  readonly parser: Parser | undefined;
  /** Hears of every refusal and of every failure of a handler. Default: errors go to stderr. Must not block. */
  readonly log: (entry: ServerLogEntry) => void;
}

/** The options with every default in its place. */
export interface ResolvedServerOptions
  extends Pick<
    ServerOptions,
    | "connectTimeout"
    | "maxNamespaces"
    | "maxChildNamespaces"
    | "cleanupEmptyChildNamespaces"
    | "maxRooms"
    | "renewBefore"
    | "maxPendingAcks"
    | "ackTimeout"
    | "log"
  > {
  readonly recovery: ResolvedRecovery | undefined;
  readonly parser: Parser | undefined;
  readonly serveClient: boolean | string;
  readonly rateLimits: ResolvedRateLimits | undefined;
  readonly decoder: Pick<DecoderLimits, "maxAttachments" | "maxAttachmentBytes" | "attachmentTimeout">;
  /** What the listener is given: it checks its own options. */
  readonly listener: Partial<ListenerOptions>;
}

const LIMITS = {
  connectTimeout: 10_000,
  maxNamespaces: 64,
  maxChildNamespaces: 10_000,
  maxRooms: 1000,
  renewBefore: 30_000,
  maxPendingAcks: 1024,
  ackTimeout: 30_000,
  maxAttachments: 10,
  maxAttachmentBytes: 4_000_000,
  attachmentTimeout: 10_000,
} as const;

// Every one is a count or a time that a timer of the platform can hold.
const LARGEST = 2 ** 31 - 1;

/** Checks the options and fills in what is missing. Throws `invalid_option`; unknown names fall to the listener's check. */
export function resolveServerOptions(options: Partial<ServerOptions> = {}): ResolvedServerOptions {
  const {
    log = defaultLog(),
    cleanupEmptyChildNamespaces = true,
    connectionStateRecovery,
    parser,
    serveClient = true,
    rateLimits,
    ...others
  } = options;
  if (parser !== undefined) checkParser(parser);
  if (typeof cleanupEmptyChildNamespaces !== "boolean") {
    throw new ServerError("invalid_option", "cleanupEmptyChildNamespaces is true or false");
  }
  if (typeof serveClient !== "boolean" && typeof serveClient !== "string") {
    throw new ServerError("invalid_option", "serveClient is true, false or a folder");
  }
  const limits: Record<keyof typeof LIMITS, number> = { ...LIMITS };
  const listener: Record<string, unknown> = { log };
  for (const [name, value] of Object.entries(others)) {
    if (!isLimit(name)) listener[name] = value;
    else if (value !== undefined) limits[name] = checkLimit(name, value);
  }
  const { maxAttachments, maxAttachmentBytes, attachmentTimeout, ...own } = limits;
  return Object.freeze({
    ...own,
    cleanupEmptyChildNamespaces,
    log,
    parser,
    serveClient,
    rateLimits: resolveRateLimits(rateLimits),
    recovery: resolveRecovery(connectionStateRecovery, checkLimit),
    decoder: Object.freeze({ maxAttachments, maxAttachmentBytes, attachmentTimeout }),
    listener: Object.freeze(listenerWords(listener)),
  });
}

function isLimit(name: string): name is keyof typeof LIMITS {
  return Object.hasOwn(LIMITS, name);
}

function checkLimit(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LARGEST) return value;
  throw new ServerError("invalid_option", `${name} is a whole number from 1 to ${LARGEST}`);
}

// Applications without types hand over whatever `require` gave them.
function checkParser(parser: Parser): void {
  if (typeof parser.Encoder === "function" && typeof parser.Decoder === "function") return;
  throw new ServerError("invalid_option", "parser has an Encoder and a Decoder");
}
