import { systemClock } from "../transport/clock.ts";
import type {
  Connector,
  ConnectorOptions,
  PlatformEventsHandler,
  PlatformSocket,
  PlatformSocketHandler,
} from "../transport/connector.ts";
import { fetchRequest, fetchStream } from "../transport/fetch-request.ts";
import type { NetworkWatcher, Platform } from "../transport/platform.ts";
import { browserMemory } from "./browser-memory.ts";
import { PAGE_DOWNLINKS } from "./page-downlinks.ts";
import { pageElements } from "./page-elements.ts";

/** Workers have no page events, and what is bundled for browsers may be loaded where there is no address either. */
const page: Partial<Pick<Window, "document" | "location" | "navigator" | "addEventListener" | "removeEventListener">> =
  globalThis;

/** Browsers with their own WebSocket and fetch. */
export const browserPlatform: Platform = {
  clock: systemClock,
  base: page.location?.href,

  connector,
  downlinks: PAGE_DOWNLINKS,
  memory: browserMemory,

  online: () => page.navigator?.onLine !== false,
  watch,

  binary: (bytes) => (bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer),
};

function connector(options: ConnectorOptions): Connector {
  const { extraHeaders, maxMessageBytes, withCredentials } = options;
  const fetching = {
    headers: extraHeaders,
    credentials: withCredentials ? "include" : "same-origin",
    limit: maxMessageBytes,
  } as const;
  // An EventSource sends no headers of ours.
  const native = typeof EventSource === "function" && Object.keys(extraHeaders).length === 0;
  return {
    maxMessageBytes,
    page: pageElements(withCredentials),
    dial,
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

/** Browsers tell why a WebSocket did not open only to the console, so `detail` is a close code at most. */
function dial(url: string, handler: PlatformSocketHandler): PlatformSocket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => handler.open();
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    handler.message(typeof data === "string" ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => handler.close(`${code} ${reason}`.trim());
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    // Between the peer's closing frame and `onclose` a browser would drop it all the same, and complain on the console.
    // A view of shared memory is the only thing that WebSocket.send does not take, and packets never hold one.
    send: (data) => socket.readyState === WebSocket.OPEN && socket.send(data as string | Uint8Array<ArrayBuffer>),
    close: (code = 1000) => socket.close(code),
  };
}

/** Never `unload` or `beforeunload`: a page that listens to them is not kept in the back-forward cache. */
function watch(watcher: NetworkWatcher): () => void {
  const listeners: readonly (readonly [string, (event: Event) => void])[] = [
    ["online", () => watcher.online()],
    ["offline", () => watcher.offline()],
    ["pagehide", () => watcher.hidden()],
    ["visibilitychange", () => page.document?.visibilityState === "visible" && watcher.visible()],
    ["pageshow", (event) => "persisted" in event && event.persisted === true && watcher.shown()],
  ];
  for (const [event, listener] of listeners) page.addEventListener?.(event, listener);
  return () => {
    for (const [event, listener] of listeners) page.removeEventListener?.(event, listener);
  };
}
