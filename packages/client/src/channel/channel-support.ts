import { ClientError } from "../failures.ts";
import type { ChannelHost } from "./channel-link.ts";
import type { ChannelRegistry } from "./channel-registry.ts";

type MakeRegistry = (host: ChannelHost) => ChannelRegistry;

let make: MakeRegistry | undefined;

/** Called where channels are part of the build: a page loads them only when it imports them. */
export function supportChannels(registry: MakeRegistry): void {
  make = registry;
}

/** Throws when channels are not part of the build. */
export function channelRegistry(host: ChannelHost): ChannelRegistry {
  if (make === undefined) throw new ClientError("channels_missing");
  return make(host);
}
