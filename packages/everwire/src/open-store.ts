import { BrokerError, type IdempotencyBounds, type Log, type Retention } from "@everwire/broker";
import { openSqliteLog } from "@everwire/broker-sqlite";
import { StartError } from "./failures.ts";

/** What each room keeps. With 1000 rooms at most it bounds the disk that strangers can fill. */
const RETENTION: Retention = { maxRecords: 10_000, maxBytes: 8 * 1024 * 1024 };

/**
 * How long a message that is sent again is recognised: a page may have been without a network for a night. The keys of a
 * window are held in memory, about 200 bytes each, hence the count.
 */
const IDEMPOTENCY: IdempotencyBounds = { age: 24 * 60 * 60_000, keys: 200_000 };

/**
 * Opens the store in a directory, or rejects with a `StartError`. A store that ends by itself later is thrown where nobody
 * catches it: every publish would fail from then on, so the process must end and be started again.
 */
export async function openStore(directory: string): Promise<Log> {
  let opened = false;
  const report = (error: BrokerError): void => {
    if (opened) throw error;
  };
  try {
    const log = await openSqliteLog({ directory, retention: RETENTION, idempotency: IDEMPOTENCY, report });
    opened = true;
    return log;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    // The message begins with the code, which says nothing to the reader of one line.
    const reason = error.message.slice(error.code.length + 2);
    throw new StartError("data_unusable", `${directory} (${reason})`, { cause: error });
  }
}
