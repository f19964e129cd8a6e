import { constants } from "node:buffer";
import {
  type PerMessageDeflateOptions,
  type ResolvedDeflateOptions,
  resolveDeflateOptions,
} from "../deflate/deflate-options.ts";
import { type ByteBudget, incompleteMessages, outgoingMessages } from "../frame/byte-budget.ts";
import { FREE_BYTES } from "./outgoing-excess.ts";

/** When to ask a silent peer whether it is there, and how long to wait for the answer; milliseconds. */
export interface Heartbeat {
  readonly interval: number;
  readonly timeout: number;
}

/** What can be said of one message. */
export interface SendOptions {
  /** `false`: sent as it is, for instance because it holds a secret beside text that others choose. */
  readonly compress?: boolean | undefined;
}

/** What both ends of a connection can be told. An options object is read once, when it is first used. */
export interface ConnectionOptions {
  /**
   * Longest message accepted, in bytes, all fragments together; 1 000 000. Larger values are memory a peer may claim; a
   * value of more than the longest string of this Node (about 512 MiB) is refused.
   */
  readonly maxPayload?: number;
  /** Most fragments of one message; 131 072. Lower values break peers that stream in small pieces. */
  readonly maxFragments?: number;
  /**
   * What may wait for a slow peer, in bytes; 16 MiB. A `send` that finds more than this waiting ends the connection at
   * once, with code 1013 reported to the handler: a close frame would only queue up behind the rest.
   */
  readonly maxBufferedBytes?: number;
  /**
   * The budget for what waits for slow peers that this connection shares; one of 32 MiB for the process by default. 1 MiB
   * of each connection is free, what it has waiting above that is reserved here until it drains. A `send` for which there
   * is no room ends the connection as one beyond `maxBufferedBytes` does: with one budget of 32 MiB, many peers that lag
   * by megabytes at the same time are dropped before any of them reaches that.
   */
  readonly outgoingBudget?: ByteBudget;
  /** An incomplete message must bring 1 KiB/s; what comes faster is credit for this many milliseconds at most; 30 000. */
  readonly messageTimeout?: number;
  /** How long the closing handshake may last before the socket is destroyed, in milliseconds; 2 000. */
  readonly closeTimeout?: number;
  /** Ping a peer every `interval` and destroy the socket when no pong comes; `{ interval: 25_000, timeout: 10_000 }`.
   * `false` only where another layer watches the peer: a vanished peer is otherwise kept for ever. */
  readonly heartbeat?: Heartbeat | false;
  /** Answer pings by themselves, as RFC 6455 §5.5.2 demands; `true`. With `false` the application must send the pongs. */
  readonly autoPong?: boolean;
  /** Messages a second that are accepted over time, with a burst of twice as many; more is 1008. No limit by default. */
  readonly messageRate?: number;
  /**
   * The budget for incomplete messages that this connection shares; one of 64 MiB for the process by default. Beyond it
   * the message that grows is refused with 1013; a message longer than the whole budget can never come in pieces.
   */
  readonly incompleteBudget?: ByteBudget;
  /**
   * Compression (RFC 7692), if the peer agrees: `true` or its options; `false` by default. A secret compressed together
   * with text that others choose can be guessed from the lengths: docs/websocket/compression.md.
   */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions;
}

export type ResolvedConnectionOptions = Readonly<
  Required<Omit<ConnectionOptions, "messageRate" | "perMessageDeflate">> & {
    messageRate: number | undefined;
    /** What may wait without a look at any budget. */
    freeBufferedBytes: number;
    perMessageDeflate: ResolvedDeflateOptions | undefined;
  }
>;

const DEFAULT_HEARTBEAT: Heartbeat = Object.freeze({ interval: 25_000, timeout: 10_000 });

/** Options objects already read: connections that share one share its resolved form as well. */
const resolved = new WeakMap<ConnectionOptions, ResolvedConnectionOptions>();

const DEFAULTS: ResolvedConnectionOptions = resolve({});

/** Fills in the defaults and refuses what makes no sense, with a RangeError. */
export function resolveConnectionOptions(options: ConnectionOptions | undefined): ResolvedConnectionOptions {
  if (options === undefined) return DEFAULTS;
  let known = resolved.get(options);
  if (known === undefined) {
    known = resolve(options);
    resolved.set(options, known);
  }
  return known;
}

function resolve(options: ConnectionOptions): ResolvedConnectionOptions {
  const heartbeat = options.heartbeat ?? DEFAULT_HEARTBEAT;
  const maxPayload = stringLength("maxPayload", options.maxPayload ?? 1_000_000);
  const maxBufferedBytes = positive("maxBufferedBytes", options.maxBufferedBytes ?? 16 * 1024 * 1024);
  return Object.freeze({
    maxPayload,
    maxFragments: positive("maxFragments", options.maxFragments ?? 131_072),
    maxBufferedBytes,
    freeBufferedBytes: Math.min(FREE_BYTES, maxBufferedBytes),
    outgoingBudget: options.outgoingBudget ?? outgoingMessages,
    messageTimeout: positive("messageTimeout", options.messageTimeout ?? 30_000),
    closeTimeout: positive("closeTimeout", options.closeTimeout ?? 2_000),
    heartbeat: heartbeat === false ? false : checkedHeartbeat(heartbeat),
    autoPong: options.autoPong ?? true,
    messageRate: options.messageRate === undefined ? undefined : positive("messageRate", options.messageRate),
    incompleteBudget: options.incompleteBudget ?? incompleteMessages,
    perMessageDeflate: resolveDeflateOptions(options.perMessageDeflate, maxPayload),
  });
}

function checkedHeartbeat(heartbeat: Heartbeat): Heartbeat {
  return Object.freeze({
    interval: positive("heartbeat.interval", heartbeat.interval),
    timeout: positive("heartbeat.timeout", heartbeat.timeout),
  });
}

/** A longer text could be received whole and then not be made a string. */
function stringLength(name: string, value: number): number {
  if (value > constants.MAX_STRING_LENGTH) throw new RangeError(`${name} is longer than a string can be`);
  return positive(name, value);
}

/** 0 is not a way to say "no limit": it is refused like every other value that is not a positive integer. */
function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer`);
  return value;
}
