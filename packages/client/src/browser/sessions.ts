import type { EverwireParts } from "../session/everwire-loader.ts";
import { everwireParts } from "../session/everwire-parts.ts";
import { REQUEST_DOWNLINKS } from "../transport/downlinks.ts";
import { lazyRow } from "../transport/lazy-downlink.ts";
import { withRequests } from "./browser-requests.ts";

/** Frames and scripts are fetched by those who name them. */
const downlinks = new Map([
  ...REQUEST_DOWNLINKS,
  ["iframe", lazyRow(async () => (await import("./frames.ts")).iframe, false)] as const,
  ["jsonp", lazyRow(async () => (await import("./frames.ts")).jsonp, true)] as const,
]);

export const parts: EverwireParts = everwireParts(downlinks, withRequests);
