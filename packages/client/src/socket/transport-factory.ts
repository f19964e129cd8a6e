import { ClientError } from "../failures.ts";
import { DownlinkTransport, type DownlinkTransportSetup } from "../transport/downlink-transport.ts";
import type { TransportFactory, TransportName } from "../transport/engine-transport.ts";
import type { Platform } from "../transport/platform.ts";
import { PollingTransport } from "../transport/polling-transport.ts";
import { WebSocketTransport } from "../transport/websocket-transport.ts";
import type { ResolvedOptions } from "./client-options.ts";

/**
 * Transports to one server. A new session is opened in a way that every server understands; ours learns by `everwire=1`
 * that the client knows more (docs/protocol/session.md, "Opening").
 */
export function transportFactory(origin: string, options: ResolvedOptions, platform: Platform): TransportFactory {
  const { clock } = platform;
  const connector = platform.connector(options);
  const address = (name: TransportName, more: Readonly<Record<string, string>>): string =>
    // The protocol's own parameters win over an application's of the same name.
    `${origin}${options.path}?${new URLSearchParams({ ...options.query, EIO: "4", transport: name, ...more })}`;
  return (name, sid, handler, attach) => {
    const url = address(name, {
      ...(sid === undefined ? { everwire: "1" } : { sid }),
      ...(attach === undefined ? {} : { ack: `${attach.ack}`, turn: `${attach.turn}` }),
    });
    if (name === "websocket") return new WebSocketTransport(url.replace(/^http/, "ws"), connector, clock, handler);
    if (name === "polling" && attach === undefined) {
      return new PollingTransport(url, sid, { connector, clock, requestTimeout: options.timeout }, handler);
    }
    const downlink = platform.downlinks.get(name);
    // Names that the platform does not have are sorted out before.
    if (downlink === undefined) throw new ClientError("open_failed");
    const { open, send } = downlink;
    const post: DownlinkTransportSetup["post"] = (id, body, signal, last) => {
      const to = address(name, { sid: id });
      if (send !== undefined) return send(to, body, { connector, clock, signal });
      return connector.request({ url: to, body, signal, last });
    };
    return new DownlinkTransport(open, sid, { name, url, connector, clock, turn: attach?.turn ?? 0, post }, handler);
  };
}
