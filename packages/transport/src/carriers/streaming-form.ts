import { TEXT } from "../http/http-answer.ts";
import { PADDING_BYTES, type StreamForm } from "./stream-form.ts";

const END = "\x1e";
/** A noop, the only padding that a reader of packets takes for nothing. */
const NOTHING = `6${END}`;

/** HTTP streaming: plain text, each packet followed by 0x1e. */
export const STREAMING_FORM: StreamForm = Object.freeze({
  name: "streaming",
  headers: { "content-type": TEXT },
  beginning: Buffer.from(NOTHING.repeat(PADDING_BYTES / NOTHING.length)),
  recycleBytes: Number.POSITIVE_INFINITY,
  packet: (payload: string) => payload,
  before: Buffer.alloc(0),
  between: Buffer.from(END),
  after: Buffer.from(END),
});
