import type { PacketConnection } from "../session/packet-connection.ts";
import type { Cancel } from "../transport/clock.ts";

export type ManagerState =
  | { readonly name: "closed" }
  | { readonly name: "opening"; readonly connection: PacketConnection; readonly cancel: Cancel }
  | { readonly name: "open"; readonly connection: PacketConnection }
  /** For the end of a delay, for the network, or for the page to be shown again. */
  | { readonly name: "waiting"; readonly cancel: Cancel };

export const CLOSED: ManagerState = { name: "closed" };
