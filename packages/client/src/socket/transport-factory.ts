import { ClientError } from "../failures.ts";
import type { EverwireLoader } from "../session/everwire-loader.ts";
import type { Dialer } from "../transport/connector.ts";
import type { TransportFactory, TransportName } from "../transport/engine-transport.ts";
import type { Platform } from "../transport/platform.ts";
import { WebSocketTransport } from "../transport/websocket-transport.ts";
import type { ResolvedOptions } from "./client-options.ts";

/**
 * Transports to one server. `changed`: the query of the options as it is now; an application may change it while it lives. A new session is opened in a way that every server understands; ours learns by `everwire=1`
 * that the client knows more (docs/protocol/session.md, "Opening").
 */
export function transportFactory(
  origin: string,
  options: ResolvedOptions,
  platform: Platform,
  everwire: EverwireLoader,
  changed: () => ResolvedOptions["query"] | undefined = () => undefined,
): TransportFactory {
  const { clock } = platform;
  const { path, query, requestTimeout, timestampParam, timestampRequests, transportOptions } = options;
  const shared = platform.connector(options);
  const connectorOf = (name: TransportName): Dialer => {
    const own = transportOptions[name];
    return own === undefined ? shared : platform.connector({ ...options, ...own });
  };
  const address = (name: TransportName, more: Readonly<Record<string, string>>): string => {
    const stamp = timestampRequests ? { [timestampParam]: Math.random().toString(36).slice(2) } : {};
    // The protocol's own parameters win over an application's of the same name.
    const all = {
      ...(changed() ?? query),
      ...transportOptions[name]?.query,
      ...stamp,
      EIO: "4",
      transport: name,
      ...more,
    };
    return `${origin}${path}?${new URLSearchParams(all)}`;
  };
  return (name, sid, handler, attach) => {
    const connector = connectorOf(name);
    const url = address(name, {
      ...(sid !== undefined ? { sid } : everwire.failed ? {} : { everwire: "1" }),
      ...(attach === undefined ? {} : { ack: `${attach.ack}`, turn: `${attach.turn}` }),
    });
    if (name === "websocket") return new WebSocketTransport(url.replace(/^http/, "ws"), connector, clock, handler);
    const { parts } = everwire;
    // Whoever needs them loads them before.
    if (parts === undefined) throw new ClientError("open_failed");
    const to = (id: string): string => address(name, { sid: id });
    return parts.transport(name, sid, { connector, clock, requestTimeout, url, address: to }, handler, attach);
  };
}
