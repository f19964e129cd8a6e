import { shapeOf } from "./attachment-extractor.ts";
import type {
  ChannelRequest,
  DataRequest,
  HistoryRequest,
  PublishRequest,
  SubscribeRequest,
} from "./channel-message.ts";
import { isChannelName, isMessageId } from "./channel-name.ts";
import { type ChannelPosition, parseChannelPosition } from "./channel-position.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/** Records in one answer when the request names no limit. */
export const DEFAULT_HISTORY_LIMIT = 50;

/** Records in one answer at most; a larger limit is lowered to it. */
export const MAX_HISTORY_LIMIT = 300;

/** A record comes back inside four more arrays and objects, which must not take it over the depth limit of a packet. */
export const MAX_DATA_DEPTH = 128;

export function decodeSubscribe(value: unknown): SubscribeRequest | ProtocolFailure {
  const request = readRequest(value);
  if (request instanceof ProtocolFailure) return request;
  const { channel, fields } = request;
  const limit = readLimit(fields.limit);
  if (limit instanceof ProtocolFailure) return limit;
  if (fields.since === undefined) return { channel, limit };
  const since = readPosition(fields.since);
  return since instanceof ProtocolFailure ? since : { channel, since, limit };
}

export function decodeUnsubscribe(value: unknown): ChannelRequest | ProtocolFailure {
  const request = readRequest(value);
  return request instanceof ProtocolFailure ? request : { channel: request.channel };
}

export function decodePublish(value: unknown): PublishRequest | ProtocolFailure {
  const request = readDataRequest(value);
  if (request instanceof ProtocolFailure) return request;
  const { channel, fields, data } = request;
  return isMessageId(fields.id) ? { channel, id: fields.id, data } : failures.invalid_message_id;
}

export function decodeHistory(value: unknown): HistoryRequest | ProtocolFailure {
  const request = readRequest(value);
  if (request instanceof ProtocolFailure) return request;
  const { channel, fields } = request;
  const { before } = fields;
  if (typeof before !== "number" || !Number.isSafeInteger(before) || before < 1) return failures.invalid_position;
  const limit = readLimit(fields.limit);
  return limit instanceof ProtocolFailure ? limit : { channel, before, limit };
}

export function decodeEnter(value: unknown): DataRequest | ProtocolFailure {
  const request = readDataRequest(value);
  return request instanceof ProtocolFailure ? request : { channel: request.channel, data: request.data };
}

export function decodeLeave(value: unknown): ChannelRequest | ProtocolFailure {
  return decodeUnsubscribe(value);
}

export function decodeSignal(value: unknown): DataRequest | ProtocolFailure {
  return decodeEnter(value);
}

interface RequestFields {
  readonly channel: string;
  readonly fields: JsonObject;
}

/** Fields that a call does not know are ignored, so that later versions can add some. */
function readRequest(value: unknown): RequestFields | ProtocolFailure {
  if (!isJsonObject(value)) return failures.invalid_request;
  const { channel } = value;
  return isChannelName(channel) ? { channel, fields: value } : failures.invalid_channel;
}

function readDataRequest(value: unknown): (RequestFields & { readonly data: unknown }) | ProtocolFailure {
  const request = readRequest(value);
  if (request instanceof ProtocolFailure) return request;
  const { data } = request.fields;
  if (data === undefined) return failures.invalid_request;
  if (shapeOf(data, 1, MAX_DATA_DEPTH) !== "plain") return failures.invalid_data;
  return { ...request, data };
}

function readPosition(value: unknown): ChannelPosition | ProtocolFailure {
  return (typeof value === "string" ? parseChannelPosition(value) : undefined) ?? failures.invalid_position;
}

function readLimit(value: unknown): number | ProtocolFailure {
  if (value === undefined) return DEFAULT_HISTORY_LIMIT;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1) return failures.invalid_limit;
  return Math.min(value, MAX_HISTORY_LIMIT);
}
