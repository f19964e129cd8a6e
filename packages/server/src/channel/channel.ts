import type { ChannelRecord, Member, SocketPacket } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import { ChannelMembers, type MemberChange } from "./channel-members.ts";
import { type Subscriber, Subscription } from "./subscription.ts";

/** The namespace that a channel speaks to. */
export interface ChannelPlace {
  readonly name: string;
  readonly encode: (packet: SocketPacket) => OutgoingPacket;
}

/**
 * The live side of one channel: its subscribers and its members. It exists while it has any; the records are in the log.
 *
 * Everything sent to the subscribers is encoded once. Subscribers are not a room of the namespace, so no room name that
 * an application or a client can choose reaches them.
 */
export class Channel {
  readonly name: string;
  readonly members: ChannelMembers = new ChannelMembers();
  readonly #namespace: string;
  readonly #encodePacket: ChannelPlace["encode"];
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(name: string, { name: namespace, encode }: ChannelPlace) {
    this.name = name;
    this.#namespace = namespace;
    this.#encodePacket = encode;
  }

  /** Number of subscribers. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Adds a subscriber, which hears nothing until its subscription is released; an earlier one of it ends. */
  subscribe(subscriber: Subscriber): Subscription {
    this.#subscriptions.get(subscriber.id)?.end();
    const subscription = new Subscription(subscriber);
    this.#subscriptions.set(subscriber.id, subscription);
    return subscription;
  }

  /** Ends a subscription, and the presence of its socket unless a later subscription of it took its place. */
  unsubscribe(subscription: Subscription): void {
    const { id } = subscription.subscriber;
    subscription.end();
    if (this.#subscriptions.get(id) !== subscription) return;
    this.#subscriptions.delete(id);
    this.leave(id);
  }

  /** Fans a stored record out. Called once per record, in the order of the offsets. */
  record(epoch: string, record: ChannelRecord): void {
    if (this.size === 0) return;
    const packet = this.#encode("channel:record", { channel: this.name, epoch, record });
    for (const subscription of this.#subscriptions.values()) subscription.record(record.offset, packet);
  }

  enter(socketId: string, member: Member): void {
    this.#announce(this.members.enter(socketId, member));
  }

  leave(socketId: string): void {
    this.#announce(this.members.leave(socketId));
  }

  /** Tells the other subscribers something that is not stored; those that cannot take it now do not get it. */
  signal(socketId: string, from: string, data: unknown): void {
    const packet = this.#encode("channel:signal", { channel: this.name, from, data });
    for (const [id, subscription] of this.#subscriptions) if (id !== socketId) subscription.notice(packet, true);
  }

  #announce(changes: readonly MemberChange[]): void {
    for (const change of changes) {
      const packet = this.#encode("channel:presence", { channel: this.name, ...change });
      for (const subscription of this.#subscriptions.values()) subscription.notice(packet, false);
    }
  }

  #encode(event: string, message: object): OutgoingPacket {
    return this.#encodePacket({ type: "event", namespace: this.#namespace, args: [event, message] });
  }
}
