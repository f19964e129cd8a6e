// Connections

export type { Auth, AuthSource, ClientOptions } from "../client-options.ts";
export type { EmitOperator } from "../emit-operator.ts";
export type { TransportName } from "../engine-transport.ts";
export type { Io } from "../io.ts";
export type { ManagerEvents } from "../manager.ts";
export { Socket } from "../socket.ts";
export type { AnyListener, SocketEvents } from "../socket-events.ts";
export type { TransportReason } from "../transport-choice.ts";
export { io, io as connect, NodeManager as Manager } from "./node.ts";

// Channels

export type {
  ChannelRecord,
  ClientDisconnectReason,
  DefaultEventMap,
  EventMap,
  FreshStartReason,
  Member,
  PresenceChange,
  Published,
} from "@everwire/protocol";
export type { ChannelEvents, ChannelOptions, ChannelStart, ChannelState } from "../channel.ts";
export { Channel } from "../channel.ts";

// Failures

export type { ClientFailure, ClientFailureCode, DisconnectDetails } from "../failures.ts";
export { ChannelError, CLIENT_FAILURES, ClientError } from "../failures.ts";
