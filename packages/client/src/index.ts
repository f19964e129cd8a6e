// Connections

export { BrowserManager as Manager, io, io as connect } from "./browser/browser.ts";
export type { TransportReason } from "./session/transport-choice.ts";
export type { Auth, AuthSource, ClientOptions } from "./socket/client-options.ts";
export type { EmitOperator } from "./socket/emit-operator.ts";
export type { Io } from "./socket/io.ts";
export type { ManagerEvents } from "./socket/manager.ts";
export { Socket } from "./socket/socket.ts";
export type { AnyListener, SocketEvents } from "./socket/socket-events.ts";
export type { TransportName } from "./transport/engine-transport.ts";

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
export type { ChannelEvents, ChannelOptions, ChannelStart, ChannelState } from "./channel/channel.ts";
export { Channel } from "./channel/channel.ts";

// Failures

export type { ClientFailure, ClientFailureCode, DisconnectDetails } from "./failures.ts";
export { ChannelError, CLIENT_FAILURES, ClientError } from "./failures.ts";
