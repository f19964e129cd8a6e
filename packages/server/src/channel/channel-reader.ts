import type { Log, LogPage, LogRecord } from "@everwire/broker";
import type { ChannelPosition, ChannelRecord, FreshStartReason } from "@everwire/protocol";

/** How much one answer may hold. */
export interface PageLimits {
  /** Records that a subscriber may have missed and still recover. */
  readonly maxRecovered: number;
  /** Stored bytes of one answer, so that it fits into a client's send queue. */
  readonly maxPageBytes: number;
}

/** Where a subscriber begins: all that it missed, or the newest records and why it is not all. */
export interface Start {
  readonly epoch: string;
  readonly head: number;
  readonly recovered: boolean;
  readonly reason?: FreshStartReason;
  readonly more: boolean;
  readonly records: readonly ChannelRecord[];
}

/** A part of a channel's past, ascending. */
export interface Past {
  readonly epoch: string;
  readonly records: readonly ChannelRecord[];
  readonly more: boolean;
}

const text = new TextDecoder();

/** Reads channels out of the log. Never answers a part of what was missed: all of it, or a fresh start. */
export class ChannelReader {
  readonly #log: Log;
  readonly #limits: PageLimits;

  constructor(log: Log, limits: PageLimits) {
    this.#log = log;
    this.#limits = limits;
  }

  async start(channel: string, since: ChannelPosition | undefined, limit: number): Promise<Start> {
    if (since === undefined) return this.#fresh(channel, limit, "none");
    const page = await this.#log.read(channel, { after: since, limit: this.#limits.maxRecovered });
    if (!page.recovered) return this.#fresh(channel, limit, page.reason ?? "epoch");
    if (!page.complete || !this.#fits(page)) return this.#fresh(channel, limit, "too_far");
    const more = page.first <= since.offset;
    return { epoch: page.epoch, head: page.head, recovered: true, more, records: page.records.map(toChannelRecord) };
  }

  async history(channel: string, before: number, limit: number): Promise<Past> {
    return this.#newest(await this.#log.read(channel, { before, limit }));
  }

  async #fresh(channel: string, limit: number, reason: FreshStartReason): Promise<Start> {
    const page = await this.#log.read(channel, { limit });
    return { ...this.#newest(page), head: page.head, recovered: false, reason };
  }

  #fits(page: LogPage): boolean {
    return page.records.reduce((bytes, record) => bytes + record.data.byteLength, 0) <= this.#limits.maxPageBytes;
  }

  /** The newest records of a page that fit into an answer; always one, or paging could not go on. */
  #newest(page: LogPage): Past {
    let from = page.records.length;
    let bytes = 0;
    for (const record of page.records.toReversed()) {
      bytes += record.data.byteLength;
      if (bytes > this.#limits.maxPageBytes && from < page.records.length) break;
      from -= 1;
    }
    const records = page.records.slice(from).map(toChannelRecord);
    return { epoch: page.epoch, records, more: from > 0 || !page.complete };
  }
}

function toChannelRecord(record: LogRecord): ChannelRecord {
  const { offset, id, headers, time, data } = record;
  return { offset, id, publisher: headers.publisher ?? "", time, data: parse(data) };
}

// A record that another writer put into the log and that is not JSON must not make the whole channel unreadable.
function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(text.decode(data));
  } catch {
    return null;
  }
}
