import { ClientError } from "./failures.ts";
import type { PlatformRequest } from "./platform.ts";

export interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: "include" | "same-origin";
  /** Bound of the body, bytes. */
  readonly limit: number;
}

export interface FetchedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One polling request with the platform's `fetch`. Rejects when there was no response, or one too large or not UTF-8. */
export async function fetchRequest(request: PlatformRequest, options: FetchOptions): Promise<FetchedResponse> {
  const { body, signal, url, last } = request;
  const response = await fetch(url, {
    ...(body === undefined
      ? { method: "GET", headers: options.headers }
      : { method: "POST", body, headers: { "content-type": "text/plain;charset=UTF-8", ...options.headers } }),
    signal,
    credentials: options.credentials,
    // Takes the place of the random query parameter that older clients add.
    cache: "no-store",
    keepalive: last === true,
  });
  return { status: response.status, headers: response.headers, body: await readText(response, options.limit) };
}

/** Counts while reading: the length in the header may be missing or wrong, and a compressed body grows. */
async function readText(response: Response, limit: number): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let size = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw new ClientError("message_too_large");
    }
    text += decodeText(() => decoder.decode(chunk.value, { stream: true }));
  }
  return text + decodeText(() => decoder.decode());
}

function decodeText(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw new ClientError("parse_error", { cause });
  }
}
