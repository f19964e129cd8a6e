import { ClientError } from "../failures.ts";
import type { FetchOptions, PlatformRequest } from "./connector.ts";
import { byteLength } from "./packet-size.ts";

/** Fetch, "HTTP-network-or-cache fetch": browsers refuse a larger body that is to outlive the page. */
const LAST_BYTES = 64 * 1024;

export interface FetchedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One polling request with the platform's `fetch`. Rejects when there was no response, or one too large or not UTF-8. */
export async function fetchRequest(request: PlatformRequest, options: FetchOptions): Promise<FetchedResponse> {
  const { body, signal, url, last, contentType = "text/plain;charset=UTF-8" } = request;
  const ask = options.fetch ?? fetch;
  const response = await ask(url, {
    ...(body === undefined
      ? { method: "GET", headers: options.headers }
      : { method: "POST", body, headers: { "content-type": contentType, ...options.headers } }),
    signal,
    credentials: options.credentials,
    // Takes the place of the random query parameter that older clients add.
    cache: "no-store",
    keepalive: last === true && byteLength(body ?? "") <= LAST_BYTES,
  });
  return { status: response.status, headers: response.headers, body: await readText(response, options.limit) };
}

/** Counts while reading: the length in the header may be missing or wrong, and a compressed body grows. */
export async function readText(response: Response, limit: number): Promise<string> {
  let text = "";
  await readChunks(
    response,
    (more) => {
      text += more;
    },
    limit,
  );
  return text;
}

/** Gives the text on as it comes; a character whose bytes come apart is kept until it is whole. */
export async function readChunks(
  response: Response,
  onText: (text: string) => void,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let size = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const { value } = chunk;
      size += value.byteLength;
      if (size > limit) throw new ClientError("message_too_large");
      const text = decodeText(() => decoder.decode(value, { stream: true }));
      if (text !== "") onText(text);
    }
    const rest = decodeText(() => decoder.decode());
    if (rest !== "") onText(rest);
  } catch (error) {
    // Nobody reads on, so the server must not send on. Of a body that broke off itself there is nothing to cancel.
    reader.cancel().catch(() => undefined);
    throw error;
  }
}

function decodeText(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw new ClientError("parse_error", { cause });
  }
}

/** Node puts what happened into the cause, browsers say no more than "network error". */
export function describeFailure(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}
