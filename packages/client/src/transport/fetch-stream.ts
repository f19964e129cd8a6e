import { ClientError } from "../failures.ts";
import type { FetchOptions, PlatformStreamRequest } from "./connector.ts";
import { describeFailure, readChunks, readText } from "./fetch-request.ts";

/** What of a refusal's body helps whoever reads the error. */
const REFUSAL_BYTES = 4_096;

export interface FetchStreamHandler {
  headers(headers: Headers): void;
  text(text: string): void;
}

/** One response that is read while it is being sent, as `Connector.stream` says. */
export async function fetchStream(
  request: PlatformStreamRequest,
  options: Omit<FetchOptions, "limit">,
  handler: FetchStreamHandler,
): Promise<void> {
  const { mediaType, signal, url } = request;
  const headers = { accept: mediaType, ...options.headers };
  const ask = options.fetch ?? fetch;
  const asked = ask(url, { headers, signal, credentials: options.credentials, cache: "no-store" });
  const response = await asked.catch((cause: unknown) => {
    throw new ClientError("request_failed", { message: describeFailure(cause), cause });
  });
  handler.headers(response.headers);
  await accept(response, mediaType);
  await readChunks(response, (text) => handler.text(text)).catch((cause: unknown) => {
    throw cause instanceof ClientError
      ? cause
      : new ClientError("connection_lost", { message: describeFailure(cause), cause });
  });
}

/** A page to log in to some network comes with 200 as well, but not as what was asked for. */
async function accept(response: Response, mediaType: string): Promise<void> {
  const type = response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (response.status === 200 && type === mediaType) return;
  const body = await readText(response, REFUSAL_BYTES).catch(() => "");
  const what = response.status === 200 ? `${type} in place of ${mediaType}` : body.slice(0, 200);
  throw new ClientError("open_refused", { message: `HTTP ${response.status}: ${what}` });
}
