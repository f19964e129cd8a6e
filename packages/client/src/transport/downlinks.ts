import type { PlatformResponse } from "./connector.ts";
import type { OpenDownlink } from "./downlink.ts";
import type { TransportName } from "./engine-transport.ts";
import type { JsonpUplinkSetup } from "./jsonp-uplink.ts";
import { openPollingDownlink } from "./polling-downlink.ts";
import { openSseDownlink } from "./sse-downlink.ts";
import { openStreamingDownlink } from "./streaming-downlink.ts";

export interface DownlinkRow {
  readonly open: OpenDownlink;
  /** How the client sends meanwhile; default: a plain POST. */
  readonly send?: (url: string, body: string, setup: JsonpUplinkSetup) => Promise<PlatformResponse>;
}

/** What a platform has besides WebSockets. */
export type Downlinks = ReadonlyMap<string, DownlinkRow>;

/** Those that need nothing but requests. */
export const REQUEST_DOWNLINKS: readonly (readonly [TransportName, DownlinkRow])[] = [
  ["polling", { open: openPollingDownlink }],
  ["short-polling", { open: openPollingDownlink }],
  ["streaming", { open: openStreamingDownlink }],
  ["sse", { open: openSseDownlink }],
];
