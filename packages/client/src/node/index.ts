// Connections

import "../channel/channel-entry.ts";

export type { Parser, ParserPacket } from "../session/parser.ts";
export type { TransportReason } from "../session/transport-choice.ts";
export type {
  Auth,
  AuthSource,
  ClientOptions,
  ClientOptions as ManagerOptions,
  ClientOptions as SocketOptions,
  TransportOptions,
} from "../socket/client-options.ts";
export type { EmitOperator } from "../socket/emit-operator.ts";
export type { EngineEvents, EngineMessage } from "../socket/engine-view.ts";
export { EngineView } from "../socket/engine-view.ts";
export type { Io } from "../socket/io.ts";
export { PROTOCOL as protocol } from "../socket/io.ts";
export type { ManagerEvents } from "../socket/manager-events.ts";
export { Socket } from "../socket/socket.ts";
export type { AnyListener, SocketEvents } from "../socket/socket-events.ts";
export type { TransportName } from "../transport/engine-transport.ts";
export type { NodeOptions, Pem } from "../transport/node-options.ts";
export { io, io as connect, io as default, NodeManager as Manager } from "./node.ts";

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
export type { ChannelEvents, ChannelOptions, ChannelStart, ChannelState } from "../channel/channel.ts";
export { Channel } from "../channel/channel.ts";

// Failures

export { ChannelError } from "../channel/channel-error.ts";
export { CLIENT_FAILURES } from "../failure-table.ts";
export type {
  ClientFailure,
  ClientFailureCode,
  DisconnectDetails,
  DisconnectDetails as DisconnectDescription,
} from "../failures.ts";
export { ClientError } from "../failures.ts";
