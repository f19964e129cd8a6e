import type { Connector, Dialer, PlatformEventsHandler } from "../transport/connector.ts";
import { fetchRequest } from "../transport/fetch-request.ts";
import { fetchStream } from "../transport/fetch-stream.ts";

/** A browser's dialer with requests, which a page that has its WebSocket does without. */
export function withRequests(dialer: Dialer): Connector {
  const {
    maxMessageBytes: limit,
    withCredentials = false,
    fetching = { headers: {}, credentials: "same-origin", limit },
  } = dialer;
  // An EventSource sends no headers of ours.
  const native = typeof EventSource === "function" && Object.keys(fetching.headers).length === 0;
  return {
    ...dialer,
    request: (request) => fetchRequest(request, fetching),
    stream: (request, text) => fetchStream(request, fetching, { headers: () => undefined, text }),
    events: native ? (url, handler) => listen(url, withCredentials, handler) : undefined,
  };
}

/** An EventSource connects again by itself after an error, with an address that is no longer right: it is closed first. */
function listen(url: string, withCredentials: boolean, handler: PlatformEventsHandler): () => void {
  const source = new EventSource(url, { withCredentials });
  source.onmessage = ({ data }: MessageEvent<string>) => handler.message(data);
  source.onerror = () => {
    source.close();
    handler.over();
  };
  return () => source.close();
}
