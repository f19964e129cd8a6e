import type { ResolvedOptions } from "./client-options.ts";
import type { TransportFactory } from "./engine-transport.ts";
import type { Platform } from "./platform.ts";
import { PollingTransport } from "./polling-transport.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

/** Transports to one server. */
export function transportFactory(origin: string, options: ResolvedOptions, platform: Platform): TransportFactory {
  const { clock } = platform;
  const connector = platform.connector(options);
  return (name, sid, handler) => {
    // The protocol's own parameters win over an application's of the same name.
    const query = new URLSearchParams({ ...options.query, EIO: "4", transport: name });
    const url = `${origin}${options.path}?${query}`;
    if (name === "polling") {
      return new PollingTransport(url, sid, { connector, clock, requestTimeout: options.timeout }, handler);
    }
    const address = `${url.replace(/^http/, "ws")}${sid === undefined ? "" : `&sid=${encodeURIComponent(sid)}`}`;
    return new WebSocketTransport(address, connector, clock, handler);
  };
}
