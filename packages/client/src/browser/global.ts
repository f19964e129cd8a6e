// The page's own copy as one script, `everwire.min.js`: the global `io`, with everything.

import "../channel/channel-entry.ts";
import { Channel } from "../channel/channel.ts";
import { ChannelError } from "../channel/channel-error.ts";
import { ClientError } from "../failures.ts";
import type { Io } from "../socket/io.ts";
import { type BrowserManager, io } from "./browser.ts";

interface Global extends Io {
  readonly Manager: typeof BrowserManager;
  readonly Channel: typeof Channel;
  readonly ChannelError: typeof ChannelError;
  readonly ClientError: typeof ClientError;
}

const all: Global = Object.assign(io, { Channel, ChannelError, ClientError });
export default all;
