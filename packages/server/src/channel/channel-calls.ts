import {
  type ChannelRequest,
  type DataRequest,
  decodeEnter,
  decodeHistory,
  decodeLeave,
  decodePublish,
  decodeSignal,
  decodeSubscribe,
  decodeUnsubscribe,
  type HistoryRequest,
  type ProtocolFailure,
  type SubscribeRequest,
} from "@everwire/protocol";
import { type Act, type Answer, answerOf, CallGate } from "../call/call-gate.ts";
import { denial, storeDenial } from "../call/denial.ts";
import { LatestCall } from "../call/latest-call.ts";
import { Turnstile } from "../call/turnstile.ts";
import { deadlines } from "../event/deadline-lists.ts";
import type { Channel } from "./channel.ts";
import { ChannelActor, type ChannelSocket } from "./channel-actor.ts";
import type { ResolvedChannelOptions } from "./channel-options.ts";
import { ChannelPublisher } from "./channel-publisher.ts";
import type { ChannelReader } from "./channel-reader.ts";
import type { ChannelTable } from "./channel-table.ts";
import { assertJson } from "./json-data.ts";
import type { Subscription } from "./subscription.ts";

/** What the calls of every socket share. */
export interface ChannelShared<S> {
  readonly options: ResolvedChannelOptions<S>;
  readonly table: ChannelTable;
  readonly reader: ChannelReader;
  readonly report: (error: unknown) => void;
}

interface Joined {
  readonly channel: Channel;
  readonly subscription: Subscription;
}

const OK = { ok: true } as const;

// Publishes of one socket that may wait for their turn when they come faster than `publishRate`.
const MAX_WAITING_PUBLISHES = 64;

/** The channel calls of one socket: what it is subscribed to, and one method for each event of the protocol. */
export class ChannelCalls<S extends ChannelSocket> {
  readonly #options: ResolvedChannelOptions<S>;
  readonly #table: ChannelTable;
  readonly #reader: ChannelReader;
  readonly #report: (error: unknown) => void;
  readonly #actor: ChannelActor<S>;
  readonly #gate: CallGate;
  readonly #publishes: Turnstile;
  readonly #others: Turnstile;
  readonly #joined = new Map<string, Joined>();
  readonly #subscribing = new LatestCall();
  readonly #entering = new LatestCall();
  #ended = false;

  constructor({ options, table, reader, report }: ChannelShared<S>, socket: S) {
    this.#options = options;
    this.#table = table;
    this.#reader = reader;
    this.#report = report;
    this.#actor = new ChannelActor(socket, options);
    this.#gate = new CallGate(options.maxPendingCalls, report);
    const { publishRate, publishBurst, callRate, callBurst } = options;
    this.#publishes = turnstile(publishRate, publishBurst, MAX_WAITING_PUBLISHES);
    this.#others = turnstile(callRate, callBurst, 0);
    this.#serve();
  }

  /** The socket is gone, or the service is: ends its subscriptions and presence. */
  end(): void {
    this.#ended = true;
    this.#publishes.close();
    for (const joined of [...this.#joined.values()]) this.#drop(joined);
  }

  #serve(): void {
    const publisher = new ChannelPublisher(this.#actor, this.#options, this.#table, this.#report);
    this.#actor.socket.serve("channel:ping", (...args) => answerOf(args)(OK));
    this.#on("channel:publish", decodePublish, this.#publishes, (request) => publisher.publish(request));
    this.#on("channel:subscribe", decodeSubscribe, this.#others, (request, answer) => this.#subscribe(request, answer));
    this.#on("channel:unsubscribe", decodeUnsubscribe, this.#others, (request) => this.#unsubscribe(request));
    this.#on("channel:history", decodeHistory, this.#others, (request) => this.#history(request));
    this.#on("channel:enter", decodeEnter, this.#others, (request) => this.#enter(request));
    this.#on("channel:leave", decodeLeave, this.#others, (request) => this.#leave(request));
    this.#on("channel:signal", decodeSignal, this.#others, (request) => this.#signal(request));
  }

  #on<R>(event: string, decode: (value: unknown) => R | ProtocolFailure, turnstile: Turnstile, act: Act<R>): void {
    const rule = { decode, turnstile };
    this.#actor.socket.serve(event, (...args) =>
      this.#gate.pass(args, rule, (request, answer) => this.#live(act, request, answer)),
    );
  }

  // A closed service refuses; what it was doing already goes on.
  #live<R>(act: Act<R>, request: R, answer: Answer): ReturnType<Act<R>> {
    if (this.#ended) throw denial("service_closed");
    return act(request, answer);
  }

  /**
   * Joins first and reads then, so that no record falls between the page and the live stream; the answer goes out before
   * anything that was held, and both within one turn of the event loop.
   */
  async #subscribe({ channel: name, since, limit }: SubscribeRequest, answer: Answer): Promise<undefined> {
    await this.#allowLast(this.#subscribing, "subscribe", name);
    const joined = this.#join(name);
    try {
      const { head, ...start } = await this.#read(() => this.#reader.start(name, since, limit));
      this.#assertCurrent(joined);
      answer({ ok: true, channel: name, offset: head, ...start, members: joined.channel.members.list() });
      joined.subscription.release(head);
    } catch (error) {
      this.#drop(joined);
      throw error;
    }
  }

  async #unsubscribe({ channel }: ChannelRequest): Promise<object> {
    this.#subscribing.revoke(channel);
    this.#entering.revoke(channel);
    const joined = this.#joined.get(channel);
    if (joined !== undefined) this.#drop(joined);
    return OK;
  }

  async #history({ channel, before, limit }: HistoryRequest): Promise<object> {
    await this.#actor.allow("history", channel);
    return { ok: true, ...(await this.#read(() => this.#reader.history(channel, before, limit))) };
  }

  async #enter({ channel: name, data }: DataRequest): Promise<object> {
    await this.#allowLast(this.#entering, "enter", name);
    const { channel } = this.#require(name);
    if (data !== undefined) assertJson(data);
    const { id, data: ownData } = this.#actor.identity();
    const member = { id, data: data ?? ownData ?? null };
    this.#assertSmall(member.data);
    if (channel.members.size >= this.#options.maxMembers && !channel.members.has(id)) throw denial("too_many_members");
    channel.enter(this.#actor.socket.id, member);
    return OK;
  }

  async #leave({ channel }: ChannelRequest): Promise<object> {
    this.#entering.revoke(channel);
    this.#require(channel).channel.leave(this.#actor.socket.id);
    return OK;
  }

  async #signal({ channel: name, data }: DataRequest): Promise<object> {
    await this.#actor.allow("signal", name);
    assertJson(data);
    this.#assertSmall(data);
    this.#require(name).channel.signal(this.#actor.socket.id, this.#actor.identity().id, data);
    return OK;
  }

  /** Rejects as `allow` does, and with `superseded` when a later call was made while permission was waited for. */
  async #allowLast(calls: LatestCall, action: "subscribe" | "enter", channel: string): Promise<void> {
    const call = calls.begin(channel);
    try {
      await this.#actor.allow(action, channel);
      if (!calls.isLast(channel, call)) throw denial("superseded");
    } finally {
      calls.end(channel, call);
    }
  }

  #join(name: string): Joined {
    if (this.#ended) throw denial("service_closed");
    if (this.#joined.size >= this.#options.maxChannels && !this.#joined.has(name)) throw denial("too_many_channels");
    const channel = this.#table.open(name);
    const joined: Joined = { channel, subscription: channel.subscribe(this.#actor.socket) };
    this.#joined.set(name, joined);
    return joined;
  }

  #drop(joined: Joined): void {
    const { channel, subscription } = joined;
    if (this.#joined.get(channel.name) === joined) this.#joined.delete(channel.name);
    channel.unsubscribe(subscription);
    this.#table.sweep(channel);
  }

  #require(name: string): Joined {
    const joined = this.#joined.get(name);
    if (joined === undefined) throw denial("not_subscribed");
    return joined;
  }

  // While the log was read the socket may have unsubscribed, subscribed again, or been sent more than it can hold.
  #assertCurrent({ subscription }: Joined): void {
    if (subscription.state === "overflowed") throw denial("overloaded");
    if (subscription.state === "ended") throw denial("superseded");
  }

  #assertSmall(data: unknown): void {
    if (Buffer.byteLength(JSON.stringify(data)) > this.#options.maxNoticeBytes) throw denial("record_too_large");
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw storeDenial(error, this.#report);
    }
  }
}

function turnstile(rate: number, burst: number, maxWaiting: number): Turnstile {
  return new Turnstile({ rate, burst, maxWaiting }, () => performance.now(), deadlines.set);
}
