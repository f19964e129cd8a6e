import type { ChannelPosition } from "./channel-position.ts";
import type { ProtocolFailureCode } from "./failures.ts";

/** One stored message as clients see it. `time` is milliseconds since 1970, for people and never for order. */
export interface ChannelRecord {
  readonly offset: number;
  readonly id: string;
  readonly publisher: string;
  readonly time: number;
  readonly data: unknown;
}

/** Someone present in a channel. */
export interface Member {
  readonly id: string;
  readonly data: unknown;
}

/** A request as its decoder returns it: checked whole, defaults filled in, limits applied. */
export interface SubscribeRequest {
  readonly channel: string;
  readonly since?: ChannelPosition;
  readonly limit: number;
}

export interface ChannelRequest {
  readonly channel: string;
}

export interface PublishRequest {
  readonly channel: string;
  readonly id: string;
  readonly data: unknown;
}

export interface HistoryRequest {
  readonly channel: string;
  /** Records with smaller offsets are asked for. */
  readonly before: number;
  readonly limit: number;
}

/** `enter` and `signal`: a channel and what is said about oneself or to the others. */
export interface DataRequest {
  readonly channel: string;
  readonly data: unknown;
}

/** Why a call was refused. Codes of this package are rows of its table; a validator of the application may add its own. */
export interface ChannelError {
  readonly code: ProtocolFailureCode | (string & {});
  readonly message: string;
  /** True when the same call can succeed later without being changed. */
  readonly retry: boolean;
}

export interface Refusal {
  readonly ok: false;
  readonly error: ChannelError;
}

/** Why a subscription is a fresh start. `none`: no position was given. */
export type FreshStartReason = "none" | "epoch" | "trimmed" | "future" | "too_far";

export interface Subscribed {
  readonly ok: true;
  readonly channel: string;
  readonly epoch: string;
  /** The newest offset, 0 in an empty channel. */
  readonly offset: number;
  /** True: `records` are all since the given position. False: they are the newest, and `reason` says why. */
  readonly recovered: boolean;
  readonly reason?: FreshStartReason;
  /** Records older than the first one here exist. */
  readonly more: boolean;
  readonly records: readonly ChannelRecord[];
  readonly members: readonly Member[];
}

export interface Published {
  readonly ok: true;
  readonly id: string;
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
  /** The id was published before, and this is the result of that time. */
  readonly duplicate: boolean;
}

export interface HistoryPage {
  readonly ok: true;
  readonly epoch: string;
  readonly records: readonly ChannelRecord[];
  readonly more: boolean;
}

export interface Done {
  readonly ok: true;
}

export type SubscribeResponse = Subscribed | Refusal;
export type PublishResponse = Published | Refusal;
export type HistoryResponse = HistoryPage | Refusal;
export type DoneResponse = Done | Refusal;

export interface RecordEvent {
  readonly channel: string;
  readonly epoch: string;
  readonly record: ChannelRecord;
}

export type PresenceChange = "enter" | "update" | "leave";

export interface PresenceEvent {
  readonly channel: string;
  readonly change: PresenceChange;
  readonly member: Member;
}

export interface SignalEvent {
  readonly channel: string;
  /** The id of the member who sent it. */
  readonly from: string;
  readonly data: unknown;
}
