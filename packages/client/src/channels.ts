// Channels, for web pages: with this entry imported, `socket.channel(name)` is there.

import "./channel/channel-entry.ts";

export type {
  ChannelRecord,
  FreshStartReason,
  Member,
  PresenceChange,
  Published,
} from "@everwire/protocol";
export type { ChannelEvents, ChannelOptions, ChannelStart, ChannelState } from "./channel/channel.ts";
export { Channel } from "./channel/channel.ts";
export { ChannelError } from "./channel/channel-error.ts";
