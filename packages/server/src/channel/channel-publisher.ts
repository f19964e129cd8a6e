import type { Appended } from "@everwire/broker";
import {
  type ChannelRecord,
  encodeSocketPacket,
  ProtocolFailure,
  type Published,
  type PublishRequest,
} from "@everwire/protocol";
import { Denial, denial, storeDenial } from "../call/denial.ts";
import { call } from "../event/listener-map.ts";
import { ServerError } from "../failures.ts";
import type { ChannelActor, ChannelSocket } from "./channel-actor.ts";
import type { ResolvedChannelOptions } from "./channel-options.ts";
import type { ChannelTable } from "./channel-table.ts";
import { assertJson } from "./json-data.ts";

const utf8 = new TextEncoder();

/**
 * The publishes of one socket: judged in turn, stored, fanned out, acknowledged.
 *
 * They reach the log in the order in which they were sent, however long the application takes to authorize each. The log
 * resolves the appends of one channel in the order of their offsets and nothing waits between that and the fan-out, so
 * the subscribers get them in that order too. A repeated message id gets the first result and is not fanned out again.
 */
export class ChannelPublisher<S extends ChannelSocket> {
  readonly #actor: ChannelActor<S>;
  readonly #options: ResolvedChannelOptions<S>;
  readonly #table: ChannelTable;
  readonly #report: (error: unknown) => void;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    actor: ChannelActor<S>,
    options: ResolvedChannelOptions<S>,
    table: ChannelTable,
    report: (error: unknown) => void,
  ) {
    this.#actor = actor;
    this.#options = options;
    this.#table = table;
    this.#report = report;
  }

  async publish({ channel, id, data: raw }: PublishRequest): Promise<Published> {
    await this.#inTurn(this.#actor.allow("publish", channel));
    const publisher = this.#actor.identity().id;
    const { data, bytes } = this.#judge(channel, raw);
    const { position, time, duplicate } = await this.#append(channel, publisher, id, bytes);
    if (!duplicate) {
      const record: ChannelRecord = { offset: position.offset, id, publisher, time, data };
      this.#table.get(channel)?.record(position.epoch, record);
      if (this.#options.onRecord !== undefined) call(this.#options.onRecord, [channel, record], this.#report);
    }
    return { ok: true, id, epoch: position.epoch, offset: position.offset, time, duplicate };
  }

  /** Waits for `allowed` and for every publish before this one to have been judged. */
  #inTurn(allowed: Promise<void>): Promise<void> {
    const turn = this.#turn.then(() => allowed);
    // A refusal belongs to its own publish; those behind it only wait for it.
    this.#turn = turn.catch(() => undefined);
    // Until its turn comes nobody listens to `allowed`, and a rejection would be unhandled.
    allowed.catch(() => undefined);
    return turn;
  }

  #judge(channel: string, raw: unknown): { data: unknown; bytes: Uint8Array } {
    const validated = this.#validate(channel, raw);
    if (validated === undefined) assertJson(raw);
    const json = validated ?? JSON.stringify(raw);
    const bytes = utf8.encode(json);
    if (bytes.byteLength > this.#options.maxRecordBytes) throw denial("record_too_large");
    // The subscribers of now and the readers of later must see the same value.
    return { data: validated === undefined ? raw : JSON.parse(json), bytes };
  }

  /** The JSON that the application's validator made of the data; undefined without a validator. */
  #validate(channel: string, raw: unknown): string | undefined {
    const { validate } = this.#options;
    if (validate === undefined) return undefined;
    try {
      const verdict = validate(channel, raw, this.#actor.socket);
      if (!("code" in verdict)) return stringifyChecked(verdict.data);
      const { code, message } = verdict;
      throw new Denial({ ok: false, error: { code, message, retry: false } });
    } catch (error) {
      if (error instanceof Denial) throw error;
      this.#report(error);
      throw denial("validator_failed");
    }
  }

  async #append(channel: string, publisher: string, id: string, data: Uint8Array): Promise<Appended> {
    try {
      return await this.#options.log.append({
        topic: channel,
        // A message id holds no colon, so two pairs of id and publisher never make the same key.
        idempotencyKey: `${id}:${publisher}`,
        id,
        contentType: "application/json",
        headers: { publisher },
        data,
      });
    } catch (error) {
      throw storeDenial(error, this.#report);
    }
  }
}

// Levels that a record's data has above it in the answer to a subscribe, which is where it lies deepest.
const nest = (data: unknown): readonly unknown[] => [[[[[data]]]]];

/**
 * The JSON of data that a validator made. A client's own data has passed the decoder; this must be proved to be
 * deliverable before it is stored, or one record would make its channel unreadable.
 */
function stringifyChecked(data: unknown): string {
  const trial = encodeSocketPacket({ type: "ack", namespace: "/", id: 0, args: nest(data) });
  const json: unknown =
    trial instanceof ProtocolFailure || trial.attachments.length > 0 ? undefined : JSON.stringify(data);
  if (typeof json === "string") return json;
  throw new ServerError("unencodable", "validate returned data that is not JSON");
}
