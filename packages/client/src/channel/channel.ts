import {
  type ChannelPosition,
  type ChannelRecord,
  decodeDoneResponse,
  decodeHistoryResponse,
  decodePublishResponse,
  decodeSubscribeResponse,
  type FreshStartReason,
  formatChannelPosition,
  isMessageId,
  type Member,
  type PresenceChange,
  type PresenceEvent,
  type Published,
  parseChannelPosition,
  protocolFailures,
  type RecordEvent,
  type SignalEvent,
  type Subscribed,
} from "@everwire/protocol";
import { ChannelError } from "./channel-error.ts";
import { ask, type ChannelLink } from "./channel-link.ts";
import { ListenerMap } from "./listener-map.ts";
import { newMessageId } from "./message-id.ts";
import { Outbox } from "./outbox.ts";
import { PresenceClaim } from "./presence-claim.ts";

/** Events that arrive before the answer to a subscription; the gap that dropping one leaves is found and closed. */
const MAX_EARLY = 1_000;
/** Members known at most, as a bound to what a server can fill the memory with. */
const MAX_MEMBERS = 10_000;

export interface ChannelOptions {
  /** Position (`epoch:offset`) after which records are wanted; without it the channel starts with the newest. */
  since?: string;
  /** Records of a fresh start, default 50. */
  limit?: number;
}

/** The channel is subscribed: for the first time, or again after a connection was lost. */
export interface ChannelStart {
  /** True: nothing was missed, the records since follow as `record` events. False: replace the view by `records`. */
  readonly recovered: boolean;
  readonly reason: FreshStartReason | undefined;
  readonly records: readonly ChannelRecord[];
  /** Older records exist than those known here. */
  readonly more: boolean;
}

/**
 * `waiting`: the socket is not connected. `refused`: the server does not allow the subscription. The last two are final;
 * `socket.channel(name)` then gives a new channel.
 */
export type ChannelState = "waiting" | "subscribing" | "live" | "refused" | "closed";

/** Events of a Channel and their arguments. */
export interface ChannelEvents {
  /** Each record once and in order; none is left out between two `start` events. */
  record: [record: ChannelRecord];
  start: [start: ChannelStart];
  presence: [event: { readonly change: PresenceChange; readonly member: Member }];
  signal: [signal: { readonly from: string; readonly data: unknown }];
  state: [state: ChannelState];
}

/** What the server tells subscribers. */
export type ChannelNews =
  | { readonly kind: "record"; readonly event: RecordEvent }
  | { readonly kind: "presence"; readonly event: PresenceEvent }
  | { readonly kind: "signal"; readonly event: SignalEvent };

type Phase =
  | { readonly name: "waiting" | "live" | "closed" }
  | { readonly name: "subscribing"; readonly early: ChannelNews[] }
  | { readonly name: "refused"; readonly error: ChannelError };

/** A named, ordered log with presence, followed over any number of connections (docs/protocol/channels.md). */
export class Channel {
  readonly name: string;
  readonly #link: ChannelLink;
  readonly #limit: number | undefined;
  readonly #outbox: Outbox;
  readonly #claim: PresenceClaim;
  readonly #listeners: ListenerMap = new ListenerMap();
  readonly #members: Map<string, Member> = new Map();
  #phase: Phase = { name: "waiting" };
  #position: ChannelPosition | undefined;

  constructor(link: ChannelLink, name: string, options: ChannelOptions) {
    this.name = name;
    this.#link = link;
    this.#limit = options.limit;
    this.#position = options.since === undefined ? undefined : parseChannelPosition(options.since);
    this.#claim = new PresenceClaim(link, name);
    this.#outbox = new Outbox(link, (id, data) =>
      ask(link, "channel:publish", { channel: name, id, data }, decodePublishResponse),
    );
    if (link.connected) this.connected();
  }

  get state(): ChannelState {
    return this.#phase.name;
  }

  /** `epoch:offset` of the last record known; a later `channel(name, { since })` goes on from it. */
  get position(): string | undefined {
    return this.#position === undefined ? undefined : formatChannelPosition(this.#position);
  }

  /** Who is present, by id, as of the last news. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /**
   * Resolves when the record is stored; it is sent again with the same id until that is known, also when the server refuses
   * it for now (`rate_limited`, `unavailable`). Rejects with a ChannelError when the server refuses it for good or the
   * channel ends, and with the signal's reason when aborted: then a record that had already left may be stored nevertheless.
   */
  publish(data: unknown, options: { id?: string; signal?: AbortSignal } = {}): Promise<Published> {
    const id = options.id ?? newMessageId();
    if (!isMessageId(id)) return Promise.reject(ChannelError.of("invalid_id"));
    if (this.#phase.name === "refused") return Promise.reject(this.#phase.error);
    if (this.#phase.name === "closed") return Promise.reject(ChannelError.of("channel_closed"));
    return this.#outbox.publish(id, data, options.signal);
  }

  /** Records older than offset `before`, ascending. Rejects at once when the socket is not connected. */
  async history(options: {
    before: number;
    limit?: number;
  }): Promise<{ records: readonly ChannelRecord[]; more: boolean }> {
    const answer = await ask(this.#link, "channel:history", { channel: this.name, ...options }, decodeHistoryResponse);
    if (answer === undefined) throw ChannelError.of("not_connected");
    if (!answer.ok) throw new ChannelError(answer.error.code, answer.error.message, answer.error.retry);
    return { records: answer.records, more: answer.more };
  }

  /**
   * Become present, or change what is said about oneself. Said again after every reconnection, and when the server refuses
   * it for now, until `leave`.
   */
  enter(data: unknown): Promise<void> {
    if (this.#phase.name === "refused") return Promise.reject(this.#phase.error);
    if (this.#phase.name === "closed") return Promise.reject(ChannelError.of("channel_closed"));
    return this.#claim.enter(data);
  }

  leave(): Promise<void> {
    return this.#claim.leave();
  }

  /** Tell those who are there now; not stored, and dropped when it cannot leave at once. */
  signal(data: unknown): void {
    if (this.#phase.name === "live") this.#link.signal("channel:signal", { channel: this.name, data });
  }

  /** Ends the subscription. Publishes that wait are rejected with "channel_closed". */
  async close(): Promise<void> {
    if (this.#phase.name === "closed") return;
    const subscribed = this.#phase.name === "live" || this.#phase.name === "subscribing";
    this.#end({ name: "closed" }, ChannelError.of("channel_closed"));
    if (subscribed) await ask(this.#link, "channel:unsubscribe", { channel: this.name }, decodeDoneResponse);
  }

  on<E extends keyof ChannelEvents>(event: E, listener: (...args: ChannelEvents[E]) => void): this {
    this.#listeners.add(event, listener);
    return this;
  }

  /** Without a listener: all of the event. Without an event: all. */
  off<E extends keyof ChannelEvents>(event?: E, listener?: (...args: ChannelEvents[E]) => void): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  /** Called by the socket. */
  connected(): void {
    if (this.#phase.name === "waiting") this.#subscribe();
  }

  /** Called by the socket. */
  disconnected(): void {
    if (this.#phase.name === "live" || this.#phase.name === "subscribing") this.#enterPhase({ name: "waiting" });
  }

  /** Called by the socket, in the order of arrival. */
  receive(news: ChannelNews): void {
    const phase = this.#phase;
    if (phase.name === "subscribing") {
      if (phase.early.length < MAX_EARLY) phase.early.push(news);
    } else if (phase.name === "live") {
      this.#apply(news);
    }
  }

  #emit<E extends keyof ChannelEvents>(event: E, ...args: ChannelEvents[E]): void {
    this.#listeners.emit(event, args);
  }

  #enterPhase(phase: Phase): void {
    this.#phase = phase;
    const live = phase.name === "live";
    this.#outbox.live = live;
    this.#claim.live = live;
    this.#emit("state", phase.name);
  }

  #end(phase: Phase, error: ChannelError): void {
    this.#outbox.clear(error);
    this.#claim.clear(error);
    this.#enterPhase(phase);
  }

  #subscribe(): void {
    const phase: Phase = { name: "subscribing", early: [] };
    this.#enterPhase(phase);
    if (this.#phase === phase) void this.#request(phase.early, 0);
  }

  async #request(early: ChannelNews[], attempt: number): Promise<void> {
    const since = this.position;
    const body = {
      channel: this.name,
      ...(since === undefined ? {} : { since }),
      ...(this.#limit === undefined ? {} : { limit: this.#limit }),
    };
    // The answer says who is present at its moment, so what was said of members before it is out of date.
    const answered = (): unknown => early.splice(0, early.length, ...early.filter(({ kind }) => kind === "record"));
    const answer = await ask(this.#link, "channel:subscribe", body, decodeSubscribeResponse, answered);
    if (!this.#awaits(early)) return;
    if (answer?.ok === true && this.#start(answer, early)) return;
    // An answer that cannot be read has refused nothing.
    if (answer?.ok === false && !answer.error.retry && answer.error.code !== protocolFailures.invalid_response.code) {
      const error = new ChannelError(answer.error.code, answer.error.message, false);
      return this.#end({ name: "refused", error }, error);
    }
    this.#link.clock.after(this.#link.retryDelay(attempt), () => {
      if (this.#awaits(early)) void this.#request(early, attempt + 1);
    });
  }

  /** Whether the subscription with these early events is still the one under way. */
  #awaits(early: readonly ChannelNews[]): boolean {
    return this.#phase.name === "subscribing" && this.#phase.early === early;
  }

  /** False: the answer leaves records out although it claims not to, so a fresh start is asked for next. */
  #start(answer: Subscribed, early: readonly ChannelNews[]): boolean {
    const { recovered, epoch, offset, records } = answer;
    if (recovered && !this.#continues(answer)) {
      this.#position = undefined;
      return false;
    }
    if (!recovered) this.#position = { epoch, offset };
    this.#members.clear();
    for (const member of answer.members.slice(0, MAX_MEMBERS)) this.#members.set(member.id, member);
    const live: Phase = { name: "live" };
    this.#enterPhase(live);
    this.#emit("start", { recovered, reason: answer.reason, records: recovered ? [] : records, more: answer.more });
    const missed = (recovered ? records : []).map(
      (record): ChannelNews => ({ kind: "record", event: { channel: this.name, epoch, record } }),
    );
    // A listener or a gap may end this phase: what is left then belongs to the next one.
    for (const news of [...missed, ...early]) if (this.#phase === live) this.#apply(news);
    return true;
  }

  #continues({ epoch, offset, records }: Subscribed): boolean {
    const position = this.#position;
    if (position?.epoch !== epoch) return false;
    return (
      offset === position.offset + records.length &&
      records.every((record, index) => record.offset === position.offset + index + 1)
    );
  }

  #apply(news: ChannelNews): void {
    switch (news.kind) {
      case "record":
        this.#deliver(news.event);
        return;
      case "presence": {
        const { change, member } = news.event;
        if (change === "leave") this.#members.delete(member.id);
        else if (this.#members.size < MAX_MEMBERS || this.#members.has(member.id)) this.#members.set(member.id, member);
        this.#emit("presence", { change, member });
        return;
      }
      case "signal":
        this.#emit("signal", { from: news.event.from, data: news.event.data });
    }
  }

  #deliver({ epoch, record }: RecordEvent): void {
    const position = this.#position;
    if (position?.epoch !== epoch || record.offset > position.offset + 1) {
      this.#subscribe();
    } else if (record.offset === position.offset + 1) {
      this.#position = { epoch, offset: record.offset };
      this.#emit("record", record);
    }
  }
}
