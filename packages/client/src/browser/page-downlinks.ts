import { type Downlinks, REQUEST_DOWNLINKS } from "../transport/downlinks.ts";
import { openIframeDownlink } from "../transport/iframe-downlink.ts";
import { openJsonpDownlink } from "../transport/jsonp-downlink.ts";
import { sendJsonpUplink } from "../transport/jsonp-uplink.ts";

/** Of a web page: frames and scripts as well. */
export const PAGE_DOWNLINKS: Downlinks = new Map([
  ...REQUEST_DOWNLINKS,
  ["iframe", { open: openIframeDownlink }],
  ["jsonp", { open: openJsonpDownlink, send: sendJsonpUplink }],
]);
