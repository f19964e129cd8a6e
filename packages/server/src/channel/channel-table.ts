import { Channel, type ChannelPlace } from "./channel.ts";

/** The channels of a namespace that have a subscriber. */
export class ChannelTable {
  readonly #place: ChannelPlace;
  readonly #channels = new Map<string, Channel>();

  constructor(place: ChannelPlace) {
    this.#place = place;
  }

  names(): IterableIterator<string> {
    return this.#channels.keys();
  }

  get(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** The channel of this name, made when nobody has it yet. Whoever opens one subscribes to it at once. */
  open(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const channel = new Channel(name, this.#place);
    this.#channels.set(name, channel);
    return channel;
  }

  /** Forgets a channel that its last subscriber has left. */
  sweep(channel: Channel): void {
    if (channel.size === 0 && this.#channels.get(channel.name) === channel) this.#channels.delete(channel.name);
  }
}
