import { linkOf } from "./channel-link.ts";
import { ChannelRegistry } from "./channel-registry.ts";
import { supportChannels } from "./channel-support.ts";

supportChannels((host) => new ChannelRegistry(linkOf(host)));
