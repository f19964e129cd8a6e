import type { ServerResponse } from "node:http";
import type { Headers } from "../http/cors.ts";
import { JAVASCRIPT, jsonpBody } from "../http/jsonp-form.ts";
import { PollCarrier } from "./poll-carrier.ts";

/** One poll of a page that can load scripts only: its answer is a script. */
export class JsonpCarrier extends PollCarrier {
  override readonly name = "jsonp";

  /** `index` is the request's `j`, which must have passed `isJsonpIndex`. */
  constructor(response: ServerResponse, headers: Headers, index: string) {
    super(response, headers, { contentType: JAVASCRIPT, body: (payload) => jsonpBody(index, payload) });
  }
}
