import type { Log } from "@everwire/broker";
import type { ChannelRecord } from "@everwire/protocol";
import { ServerError } from "../failures.ts";

/** What a socket asks to do with a channel. */
export type ChannelAction = "subscribe" | "publish" | "history" | "enter" | "signal";

/** Who a socket is in channels: the publisher of its records and the member it is present as. */
export interface Identity {
  /** 1 to 160 characters. Message ids are unique per publisher, so two people must never share one. */
  readonly id: string;
  /** Presence data for an `enter` that brings none. */
  readonly data?: unknown;
}

/** What a validator makes of the data of a publish: what is stored, or why it is refused. */
export type Validation = { readonly data: unknown } | { readonly code: string; readonly message: string };

/**
 * How channels behave. Hooks may throw: the error is reported, and the call refused with `internal`, or with
 * `validator_failed` when it was `validate`.
 */
export interface ChannelServiceOptions<S> {
  /** Where the records are. Stays the application's: `close` does not close it. */
  readonly log: Log;
  /** May this socket do this? Default: yes. "No" looks the same for a channel that exists and one that does not. */
  readonly authorize?: (socket: S, action: ChannelAction, channel: string) => boolean | Promise<boolean>;
  /** Default: the socket's id, which makes every connection a publisher and a member of its own. */
  readonly identify?: (socket: S) => Identity;
  /** Judges and may replace the data of a publish, before it is stored. Default: all JSON data. */
  readonly validate?: (channel: string, data: unknown, socket: S) => Validation;
  /** Called with each new record after it was stored and fanned out, in the order of the offsets. */
  readonly onRecord?: (channel: string, record: ChannelRecord) => unknown;
  /** Channels one socket may subscribe to. Default 128. */
  readonly maxChannels?: number;
  /** Bytes of a record's data as JSON. Default 64 KiB. */
  readonly maxRecordBytes?: number;
  /** Bytes of presence or signal data as JSON. Default 4 KiB. */
  readonly maxNoticeBytes?: number;
  /** Members of one channel. Default 1000; all of them are in the answer to each subscribe. */
  readonly maxMembers?: number;
  /** Records a subscriber may have missed and still recover. Default 1000; over it the channel starts afresh. */
  readonly maxRecovered?: number;
  /** Stored bytes of one answer. Default 512 KiB; must stay below the listener's `sendQueueLimit`. */
  readonly maxPageBytes?: number;
  /** Publishes a second, on average, of one socket. Default 50; faster ones wait, and `rate_limited` comes when 64 do. */
  readonly publishRate?: number;
  /** Publishes at once of one socket. Default 100. */
  readonly publishBurst?: number;
  /** Other calls a second, on average, of one socket. Default 100. */
  readonly callRate?: number;
  /** Other calls at once of one socket. Default 300, enough to subscribe to everything after a reconnect. */
  readonly callBurst?: number;
  /** Calls of one socket that may be under way. Default 256. */
  readonly maxPendingCalls?: number;
}

const LIMITS = {
  maxChannels: 128,
  maxRecordBytes: 64 * 1024,
  maxNoticeBytes: 4 * 1024,
  maxMembers: 1000,
  maxRecovered: 1000,
  maxPageBytes: 512 * 1024,
  publishRate: 50,
  publishBurst: 100,
  callRate: 100,
  callBurst: 300,
  maxPendingCalls: 256,
} as const;

type LimitName = keyof typeof LIMITS;

/** The options with every default in its place. */
export interface ResolvedChannelOptions<S> extends Required<Omit<ChannelServiceOptions<S>, "onRecord" | "validate">> {
  readonly validate: ChannelServiceOptions<S>["validate"];
  readonly onRecord: ChannelServiceOptions<S>["onRecord"];
}

const HOOKS: ReadonlySet<string> = new Set(["log", "authorize", "identify", "validate", "onRecord"]);

/** Checks the options and fills in what is missing. Throws `unknown_option` or `invalid_option`. */
export function resolveChannelOptions<S extends { readonly id: string }>(
  options: ChannelServiceOptions<S>,
): ResolvedChannelOptions<S> {
  const limits: Record<LimitName, number> = { ...LIMITS };
  for (const [name, value] of Object.entries(options)) {
    if (isLimit(name)) limits[name] = checkLimit(name, value ?? LIMITS[name]);
    else if (!HOOKS.has(name)) throw new ServerError("unknown_option", name);
  }
  return Object.freeze({
    ...limits,
    log: options.log,
    authorize: options.authorize ?? (() => true),
    identify: options.identify ?? ((socket: S) => ({ id: socket.id })),
    validate: options.validate,
    onRecord: options.onRecord,
  });
}

function isLimit(name: string): name is LimitName {
  return Object.hasOwn(LIMITS, name);
}

function checkLimit(name: LimitName, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new ServerError("invalid_option", `${name} is a whole number above 0`);
}
