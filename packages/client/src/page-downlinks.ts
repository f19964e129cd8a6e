import { type Downlinks, REQUEST_DOWNLINKS } from "./downlinks.ts";
import { openIframeDownlink } from "./iframe-downlink.ts";
import { openJsonpDownlink } from "./jsonp-downlink.ts";
import { sendJsonpUplink } from "./jsonp-uplink.ts";

/** Of a web page: frames and scripts as well. */
export const PAGE_DOWNLINKS: Downlinks = new Map([
  ...REQUEST_DOWNLINKS,
  ["iframe", { open: openIframeDownlink }],
  ["jsonp", { open: openJsonpDownlink, send: sendJsonpUplink }],
]);
