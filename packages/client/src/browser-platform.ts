import { systemClock } from "./clock.ts";
import { fetchRequest } from "./fetch-request.ts";
import type { ConnectorOptions, NetworkWatcher, Platform, PlatformSocket, PlatformSocketHandler } from "./platform.ts";

/** Workers have no page events, and what is bundled for browsers may be loaded where there is no address either. */
const page: Partial<Pick<Window, "location" | "navigator" | "addEventListener" | "removeEventListener">> = globalThis;

/** Browsers with their own WebSocket and fetch. */
export const browserPlatform: Platform = {
  clock: systemClock,
  base: page.location?.href,

  connector: (options: ConnectorOptions) => ({
    dial,
    request: (request) =>
      fetchRequest(request, {
        headers: options.extraHeaders,
        credentials: options.withCredentials ? "include" : "same-origin",
        limit: options.maxMessageBytes,
      }),
  }),

  online: () => page.navigator?.onLine !== false,
  watch,

  binary: (bytes) => (bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer),
};

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
    // A view of shared memory is the only thing that WebSocket.send does not take, and packets never hold one.
    send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>),
    close: () => socket.close(),
  };
}

/** Never `unload` or `beforeunload`: a page that listens to them is not kept in the back-forward cache. */
function watch(watcher: NetworkWatcher): () => void {
  const listeners: readonly (readonly [string, (event: Event) => void])[] = [
    ["online", () => watcher.online()],
    ["offline", () => watcher.offline()],
    ["pagehide", () => watcher.hidden()],
    ["pageshow", (event) => "persisted" in event && event.persisted === true && watcher.shown()],
  ];
  for (const [event, listener] of listeners) page.addEventListener?.(event, listener);
  return () => {
    for (const [event, listener] of listeners) page.removeEventListener?.(event, listener);
  };
}
