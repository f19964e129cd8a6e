import { crc32 } from "node:zlib";
import { BrokerError } from "@everwire/broker";
import { blobOf, integerOf, textOf } from "./row.ts";
import type { StoredRecord } from "./store-message.ts";

/** What a record's checksum covers, besides its data. */
export interface ChecksumFields {
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
  readonly id: string;
  readonly contentType: string;
  readonly headers: string;
}

/**
 * CRC-32 over all that a reader is given. Epoch and offset are part of it, so that a row that was moved to another place
 * fails too. No text contains NUL, so the fields cannot run into each other.
 */
export function checksumOf(record: ChecksumFields, data: Uint8Array): number {
  const { epoch, offset, time, id, contentType, headers } = record;
  // The data first: zlib gives 0 for an empty buffer, whatever the sum so far.
  return crc32(`${epoch}\0${offset}\0${time}\0${id}\0${contentType}\0${headers}`, crc32(data));
}

/** Reads a row of `records`. Throws `record_corrupt` when it does not match its checksum. */
export function readRecord(topic: string, epoch: string, row: unknown): StoredRecord {
  const offset = integerOf(row, "offset");
  try {
    const record: StoredRecord = {
      offset,
      id: textOf(row, "id"),
      contentType: textOf(row, "content_type"),
      headers: textOf(row, "headers"),
      time: integerOf(row, "time"),
      data: blobOf(row, "data"),
    };
    if (checksumOf({ epoch, ...record }, record.data) === integerOf(row, "checksum")) return record;
  } catch (cause) {
    throw new BrokerError("record_corrupt", { topic, offset, cause });
  }
  throw new BrokerError("record_corrupt", { topic, offset });
}
