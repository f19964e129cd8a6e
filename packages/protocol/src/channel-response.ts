import type {
  ChannelError,
  ChannelRecord,
  DoneResponse,
  FreshStartReason,
  HistoryResponse,
  Member,
  PresenceChange,
  PresenceEvent,
  PublishResponse,
  RecordEvent,
  Refusal,
  SignalEvent,
  SubscribeResponse,
} from "./channel-message.ts";
import { isChannelName, isMessageId } from "./channel-name.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";

const MAX_MEMBER_ID = 256;

const FRESH_START_REASONS: ReadonlySet<unknown> = new Set<FreshStartReason>([
  "none",
  "epoch",
  "trimmed",
  "future",
  "too_far",
]);

const PRESENCE_CHANGES: ReadonlySet<unknown> = new Set<PresenceChange>(["enter", "update", "leave"]);

/** The answer of a refused call. The row says code, words and whether to try again. */
export function refusalOf(failure: ProtocolFailure): Refusal {
  return { ok: false, error: { code: failure.code, message: failure.meaning, retry: failure.retry } };
}

/** The records must ascend and end at or before the head: a client counts on it when it looks for gaps. */
export function decodeSubscribeResponse(value: unknown): SubscribeResponse | ProtocolFailure {
  const answer = readAnswer(value);
  if (answer instanceof ProtocolFailure || isRefusal(answer)) return answer;
  const { channel, epoch, offset, recovered, reason, more } = answer;
  const records = readRecords(answer.records, offset);
  const members = readMembers(answer.members);
  if (!isChannelName(channel) || !isMessageId(epoch) || !isOffset(offset)) return failures.invalid_response;
  if (typeof recovered !== "boolean" || typeof more !== "boolean") return failures.invalid_response;
  if (records === undefined || members === undefined) return failures.invalid_response;
  const start = { ok: true, channel, epoch, offset, recovered, more, records, members } as const;
  if (reason === undefined) return start;
  return isFreshStartReason(reason) ? { ...start, reason } : failures.invalid_response;
}

export function decodePublishResponse(value: unknown): PublishResponse | ProtocolFailure {
  const answer = readAnswer(value);
  if (answer instanceof ProtocolFailure || isRefusal(answer)) return answer;
  const { id, epoch, offset, time, duplicate } = answer;
  if (!isMessageId(id) || !isMessageId(epoch) || !isRecordOffset(offset)) return failures.invalid_response;
  if (!isTime(time) || typeof duplicate !== "boolean") return failures.invalid_response;
  return { ok: true, id, epoch, offset, time, duplicate };
}

export function decodeHistoryResponse(value: unknown): HistoryResponse | ProtocolFailure {
  const answer = readAnswer(value);
  if (answer instanceof ProtocolFailure || isRefusal(answer)) return answer;
  const { epoch, more } = answer;
  const records = readRecords(answer.records, Number.MAX_SAFE_INTEGER);
  if (!isMessageId(epoch) || typeof more !== "boolean" || records === undefined) return failures.invalid_response;
  return { ok: true, epoch, records, more };
}

/** The answer of a call that only says whether it was done. */
export function decodeDoneResponse(value: unknown): DoneResponse | ProtocolFailure {
  const answer = readAnswer(value);
  return answer instanceof ProtocolFailure || isRefusal(answer) ? answer : { ok: true };
}

export function decodeRecordEvent(value: unknown): RecordEvent | ProtocolFailure {
  if (!isJsonObject(value)) return failures.invalid_response;
  const { channel, epoch } = value;
  const record = readRecord(value.record);
  if (!isChannelName(channel) || !isMessageId(epoch) || record === undefined) return failures.invalid_response;
  return { channel, epoch, record };
}

export function decodePresenceEvent(value: unknown): PresenceEvent | ProtocolFailure {
  if (!isJsonObject(value)) return failures.invalid_response;
  const { channel, change } = value;
  const member = readMember(value.member);
  if (!isChannelName(channel) || !isPresenceChange(change) || member === undefined) return failures.invalid_response;
  return { channel, change, member };
}

export function decodeSignalEvent(value: unknown): SignalEvent | ProtocolFailure {
  if (!isJsonObject(value)) return failures.invalid_response;
  const { channel, from, data } = value;
  return isChannelName(channel) && isMemberId(from) ? { channel, from, data } : failures.invalid_response;
}

/** A refusal whole, or the fields of a success for the caller to check. */
function readAnswer(value: unknown): Refusal | JsonObject | ProtocolFailure {
  if (!isJsonObject(value)) return failures.invalid_response;
  if (value.ok === true) return value;
  const { error } = value;
  return value.ok === false && isChannelError(error)
    ? { ok: false, error: { code: error.code, message: error.message, retry: error.retry } }
    : failures.invalid_response;
}

/** After `readAnswer`, an answer that is not ok is a whole refusal. */
function isRefusal(answer: Refusal | JsonObject): answer is Refusal {
  return answer.ok === false;
}

function isChannelError(value: unknown): value is ChannelError {
  if (!isJsonObject(value)) return false;
  return typeof value.code === "string" && typeof value.message === "string" && typeof value.retry === "boolean";
}

function readRecords(value: unknown, head: unknown): ChannelRecord[] | undefined {
  if (!Array.isArray(value) || !isOffset(head)) return undefined;
  const records: ChannelRecord[] = [];
  let last = 0;
  for (const item of value) {
    const record = readRecord(item);
    if (record === undefined || record.offset <= last || record.offset > head) return undefined;
    last = record.offset;
    records.push(record);
  }
  return records;
}

function readRecord(value: unknown): ChannelRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { offset, id, publisher, time, data } = value;
  return isRecordOffset(offset) && isMessageId(id) && isMemberId(publisher) && isTime(time)
    ? { offset, id, publisher, time, data }
    : undefined;
}

function readMembers(value: unknown): Member[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const members: Member[] = [];
  for (const item of value) {
    const member = readMember(item);
    if (member === undefined) return undefined;
    members.push(member);
  }
  return members;
}

function readMember(value: unknown): Member | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, data } = value;
  return isMemberId(id) ? { id, data } : undefined;
}

function isMemberId(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_MEMBER_ID;
}

function isOffset(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isRecordOffset(value: unknown): value is number {
  return isOffset(value) && value > 0;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isFreshStartReason(value: unknown): value is FreshStartReason {
  return FRESH_START_REASONS.has(value);
}

function isPresenceChange(value: unknown): value is PresenceChange {
  return PRESENCE_CHANGES.has(value);
}
