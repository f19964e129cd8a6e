import { PREFERENCE } from "../session/opening-order.ts";
import { systemClock } from "../transport/clock.ts";
import type { ConnectorOptions, Dialer, PlatformSocket, PlatformSocketHandler } from "../transport/connector.ts";
import type { NetworkWatcher, Platform } from "../transport/platform.ts";
import { browserMemory } from "./browser-memory.ts";

/** Workers have no page events, and what is bundled for browsers may be loaded where there is no address either. */
const page: Partial<Pick<Window, "document" | "location" | "navigator" | "addEventListener" | "removeEventListener">> =
  globalThis;

/** Browsers with their own WebSocket and fetch. */
export const browserPlatform: Platform = {
  clock: systemClock,
  base: page.location?.href,

  connector,
  transports: [...PREFERENCE, "iframe", "jsonp"],
  memory: browserMemory,

  online: () => page.navigator?.onLine !== false,
  watch,

  binary: ({ buffer, byteLength, byteOffset }) =>
    // What comes from a WebSocket or a request is never shared memory.
    (byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer,
};

function connector(options: ConnectorOptions): Dialer {
  const { extraHeaders, maxMessageBytes, protocols, withCredentials } = options;
  const fetching = {
    headers: extraHeaders,
    credentials: withCredentials ? "include" : "same-origin",
    limit: maxMessageBytes,
  } as const;
  return {
    maxMessageBytes,
    withCredentials,
    dial: (url, handler) => dial(url, protocols, handler),
    fetching,
  };
}

/** Browsers tell why a WebSocket did not open only to the console, so `detail` is a close code at most. */
function dial(url: string, protocols: string | readonly string[], handler: PlatformSocketHandler): PlatformSocket {
  const socket = new WebSocket(url, typeof protocols === "string" ? protocols : [...protocols]);
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

/** Never `unload`, nor `beforeunload` unasked: a page that listens to them is not kept in the back-forward cache. */
function watch(watcher: NetworkWatcher): () => void {
  const listeners: [string, (event: Event) => void][] = [
    ["online", () => watcher.online()],
    ["offline", () => watcher.offline()],
    ["pagehide", () => watcher.hidden()],
    ["visibilitychange", () => page.document?.visibilityState === "visible" && watcher.visible()],
    ["pageshow", (event) => "persisted" in event && event.persisted === true && watcher.shown()],
  ];
  if (watcher.leaving !== undefined) listeners.push(["beforeunload", () => watcher.leaving?.()]);
  for (const [event, listener] of listeners) page.addEventListener?.(event, listener);
  return () => {
    for (const [event, listener] of listeners) page.removeEventListener?.(event, listener);
  };
}
