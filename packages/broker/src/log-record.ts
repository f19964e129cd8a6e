import { BrokerError } from "./failures.ts";

/**
 * What one record carries. The log looks at none of it but `topic` and `idempotencyKey`. Texts are well-formed Unicode
 * without NUL; `data` is any bytes.
 */
export interface AppendRequest {
  readonly topic: string;
  /** 1 to 256 characters. Repeated within the window, for the same topic, it returns the first append's result. */
  readonly idempotencyKey?: string;
  /** The publisher's name for the message, up to 256 characters. */
  readonly id: string;
  /** Up to 256 characters. */
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

/** One stored record. `headers` has no prototype, so that no name in it can collide with an inherited one. */
export interface LogRecord {
  readonly offset: number;
  readonly epoch: string;
  readonly id: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  /** Milliseconds since the Unix epoch, for people; never for order. */
  readonly time: number;
}

const MAX_TEXT = 256;
// A lone surrogate would be stored as U+FFFD by any UTF-8 storage, and two names would become one; a NUL ends a text in
// some storages. U+10FFFF is the upper bound of a prefix search, so no topic contains it.
const TOPIC = /^[^\p{Cc}\p{Surrogate}\u{10FFFF}]{1,512}$/u;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Throws `invalid_topic` unless the name can be stored by every log. */
export function assertTopic(topic: string): void {
  if (topic.length > 512 || !TOPIC.test(topic)) throw new BrokerError("invalid_topic");
}

/** What a record counts as: its data and the characters of its id, content type and headers. */
export function recordSize(record: Pick<AppendRequest, "id" | "contentType" | "headers" | "data">): number {
  let size = record.data.byteLength + record.id.length + record.contentType.length;
  for (const name of Object.keys(record.headers)) size += name.length + (record.headers[name]?.length ?? 0);
  return size;
}

/** Throws unless every log accepts the request; returns its size. */
export function assertAppend(request: AppendRequest, maxRecordBytes: number): number {
  const { topic, idempotencyKey, id, contentType, headers } = request;
  assertTopic(topic);
  if (idempotencyKey !== undefined) assertText(topic, idempotencyKey, 1);
  assertText(topic, id, 0);
  assertText(topic, contentType, 0);
  const size = recordSize(request);
  if (size > maxRecordBytes) throw new BrokerError("record_too_large", { topic });
  for (const name of Object.keys(headers)) {
    if (UNSTORABLE.test(name) || UNSTORABLE.test(headers[name] ?? ""))
      throw new BrokerError("invalid_record", { topic });
  }
  return size;
}

function assertText(topic: string, text: string, least: number): void {
  if (text.length >= least && text.length <= MAX_TEXT && !UNSTORABLE.test(text)) return;
  throw new BrokerError("invalid_record", { topic });
}

/** A frozen copy of headers without a prototype. */
export function copyHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const copy: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) copy[name] = headers[name] ?? "";
  return Object.freeze(copy);
}
