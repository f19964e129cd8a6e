import type { EngineHandshake } from "@everwire/protocol";
import { ClientError } from "../failures.ts";
import { everwireHandshake } from "../packet/everwire-handshake.ts";
import type { Connector, Dialer } from "../transport/connector.ts";
import { DownlinkTransport, type DownlinkTransportSetup } from "../transport/downlink-transport.ts";
import type { Downlinks } from "../transport/downlinks.ts";
import type { EngineTransport } from "../transport/engine-transport.ts";
import { PollingTransport } from "../transport/polling-transport.ts";
import { UpgradeProbe } from "../transport/upgrade-probe.ts";
import type { EverwireParts, SessionOptions } from "./everwire-loader.ts";
import { type LosslessHandler, LosslessTransport } from "./lossless-transport.ts";
import { TransportChoice } from "./transport-choice.ts";

/** `downlinks`: what the platform has besides WebSockets. `equip`: makes requests of what its dialers have. */
export function everwireParts(downlinks: Downlinks, equip: (dialer: Dialer) => Connector): EverwireParts {
  return {
    transport(name, sid, setup, handler, attach) {
      const connector = equip(setup.connector);
      const { address, clock, url } = setup;
      if (name === "polling" && attach === undefined) {
        return new PollingTransport(url, sid, { ...setup, connector }, handler);
      }
      const row = downlinks.get(name);
      // Names that the platform does not have are sorted out before.
      if (row === undefined) throw new ClientError("open_failed");
      const { open, send } = row;
      const post: DownlinkTransportSetup["post"] = (id, body, signal, last) =>
        send === undefined
          ? connector.request({ url: address(id), body, signal, last })
          : send(address(id), body, { connector, clock, signal });
      return new DownlinkTransport(open, sid, { name, url, connector, clock, turn: attach?.turn ?? 0, post }, handler);
    },
    upgrade: (setup) => new UpgradeProbe(setup),
    session: adopt,
  };
}

/** Undefined when the handshake is not that of an Everwire server after all. */
function adopt(
  opened: EngineTransport,
  data: string,
  { sid, maxPayload }: EngineHandshake,
  options: SessionOptions,
  handler: LosslessHandler,
): LosslessTransport | undefined {
  const everwire = everwireHandshake(data);
  if (everwire === undefined) return undefined;
  const { reattachTimeout, served } = everwire;
  const { requestTimeout, transports } = options;
  const choice = new TransportChoice(transports, served);
  return new LosslessTransport(
    opened,
    { ...options, sid, choice, maxPayload, requestTimeout, reattachTimeout },
    handler,
  );
}
