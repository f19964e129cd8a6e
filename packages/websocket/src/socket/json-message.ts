import type { Message } from "./message-reader.ts";

/** A value nested more deeply than this cannot be handled safely by recursive code. */
const MAX_DEPTH = 256;

const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A message is not the JSON it should be; the peer is told with `closeCode`. */
export class JsonMessageError extends Error {
  override readonly name = "JsonMessageError";
  readonly code: "binary_message" | "invalid_json" | "too_deep";
  readonly closeCode: number;

  constructor(code: JsonMessageError["code"], cause?: unknown) {
    super(`a message is not JSON as expected: ${code}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.closeCode = code === "binary_message" ? UNSUPPORTED_DATA : INVALID_PAYLOAD;
  }
}

/** The value that a text message stands for, of at most 256 levels. @throws JsonMessageError */
export function parseJsonMessage(data: string | Buffer): unknown {
  if (typeof data !== "string") throw new JsonMessageError("binary_message");
  if (isTooDeep(data)) throw new JsonMessageError("too_deep");
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new JsonMessageError("invalid_json", error);
  }
}

/** @throws TypeError for what JSON has no text for: `undefined`, functions, cycles, BigInt. */
export function encodeJsonMessage(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== "string") throw new TypeError("the value has no JSON");
  return text;
}

/** The values of messages, one by one; `close` is called with what the peer is to be told of the first that is none. */
export async function* jsonValues(
  messages: AsyncIterable<Message>,
  close: (code: number, reason: string) => void,
): AsyncGenerator<unknown, void, undefined> {
  for await (const { data } of messages) {
    let value: unknown;
    try {
      value = parseJsonMessage(data);
    } catch (error) {
      if (error instanceof JsonMessageError) close(error.closeCode, error.code);
      throw error;
    }
    yield value;
  }
}

/** Counts brackets outside strings; of text that is not JSON it may say either. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    // "[" and "{", "]" and "}" differ in one bit only.
    else if ((code | 0x20) === 0x7b) depth++;
    else if ((code | 0x20) === 0x7d) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Where the string ends that begins at `start`; the end of the text when it does not. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
