import { RecordSplitter } from "../packet/record-splitter.ts";
import { BodyDownlink } from "./body-downlink.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";

/** docs/protocol/session.md, "Streaming": each packet is followed by U+001E. */
const END = "\x1e";

/** One response that stays open; its body is plain packets. */
export function openStreamingDownlink(url: string, setup: DownlinkSetup, handler: DownlinkHandler): Downlink {
  const records = new RecordSplitter(END, setup.connector.maxMessageBytes);
  return new BodyDownlink(url, setup, handler, {
    mediaType: "text/plain",
    get complete() {
      return records.complete;
    },
    push(text, payload) {
      const packets = records.push(text);
      if (packets !== undefined) payload(packets);
    },
  });
}
