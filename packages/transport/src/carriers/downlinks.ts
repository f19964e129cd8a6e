import type { ServerResponse } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import type { Headers } from "../http/cors.ts";
import type { Carrier } from "../lossless/carrier.ts";
import type { PollPace } from "../lossless/poll-pace.ts";
import type { TransportName } from "../transport.ts";
import { iframeForm } from "./iframe-form.ts";
import { JsonpCarrier } from "./jsonp-carrier.ts";
import { PollCarrier } from "./poll-carrier.ts";
import { ShortPollCarrier } from "./short-poll-carrier.ts";
import { SSE_FORM } from "./sse-form.ts";
import { StreamCarrier, type StreamOptions } from "./stream-carrier.ts";
import { STREAMING_FORM } from "./streaming-form.ts";

/** What a downlink is made of, all of it admitted. */
export interface DownlinkRequest {
  readonly transport: TransportName;
  readonly query: ReadonlyMap<string, string>;
  readonly turn: number;
  readonly response: ServerResponse;
  readonly headers: Headers;
  readonly pace: PollPace;
}

/** The carrier of an admitted request. Streams begin their answer within this call. Undefined for what is no request. */
export function openDownlink(
  asked: DownlinkRequest,
  options: StreamOptions,
  wheel: DeadlineWheel,
): Carrier | undefined {
  const { response, headers, query } = asked;
  switch (asked.transport) {
    case "polling":
      return new PollCarrier(response, headers);
    case "short-polling":
      return new ShortPollCarrier(response, headers, () => asked.pace.hint(performance.now()));
    case "streaming":
      return new StreamCarrier(STREAMING_FORM, response, headers, options, wheel);
    case "sse":
      return new StreamCarrier(SSE_FORM, response, headers, options, wheel);
    case "iframe": {
      const form = iframeForm({ origin: query.get("origin") ?? "", turn: asked.turn, key: query.get("key") });
      return form === undefined ? undefined : new StreamCarrier(form, response, headers, options, wheel);
    }
    case "jsonp":
      return new JsonpCarrier(response, headers, query.get("j") ?? "");
    case "websocket":
      return undefined;
  }
}
