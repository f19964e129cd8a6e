import { decodePresenceEvent, decodeRecordEvent, decodeSignalEvent, ProtocolFailure } from "@everwire/protocol";
import { Channel, type ChannelNews, type ChannelOptions } from "./channel.ts";
import type { ChannelLink } from "./channel-link.ts";

/** The channels of one socket by name. */
export class ChannelRegistry {
  readonly #link: ChannelLink;
  readonly #channels: Map<string, Channel> = new Map();

  constructor(link: ChannelLink) {
    this.#link = link;
  }

  /** The channel in use under the name, or a new one. The options are those of the first call. */
  channel(name: string, options: ChannelOptions): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined && known.state !== "closed" && known.state !== "refused") return known;
    const channel = new Channel(this.#link, name, options);
    this.#channels.set(name, channel);
    channel.on("state", (state) => {
      if (state === "closed" && this.#channels.get(name) === channel) this.#channels.delete(name);
    });
    return channel;
  }

  connected(): void {
    for (const channel of [...this.#channels.values()]) channel.connected();
  }

  disconnected(): void {
    for (const channel of [...this.#channels.values()]) channel.disconnected();
  }

  /**
   * True when the event was news of a channel followed here. A record that cannot be read is passed over: the next one
   * shows the gap, and the gap is closed.
   */
  receive(event: string | number, value: unknown): boolean {
    const news = decodeNews(event, value);
    const channel = news === undefined ? undefined : this.#channels.get(news.event.channel);
    if (news === undefined || channel === undefined) return false;
    channel.receive(news);
    return true;
  }
}

function decodeNews(event: string | number, value: unknown): ChannelNews | undefined {
  if (event === "channel:record") {
    const decoded = decodeRecordEvent(value);
    return decoded instanceof ProtocolFailure ? undefined : { kind: "record", event: decoded };
  }
  if (event === "channel:presence") {
    const decoded = decodePresenceEvent(value);
    return decoded instanceof ProtocolFailure ? undefined : { kind: "presence", event: decoded };
  }
  if (event === "channel:signal") {
    const decoded = decodeSignalEvent(value);
    return decoded instanceof ProtocolFailure ? undefined : { kind: "signal", event: decoded };
  }
  return undefined;
}
