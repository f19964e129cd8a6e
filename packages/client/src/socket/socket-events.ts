import type { ClientDisconnectReason, EventArguments, EventMap, EventNames } from "@everwire/protocol";
import type { ClientError, DisconnectDetails } from "../failures.ts";

/** Events of the socket itself, next to those of the server. */
export interface SocketEvents {
  connect: () => void;
  /** The namespace refused (then `error.data` is the middleware's and the socket stays away), or no connection was made. */
  connect_error: (error: ClientError) => void;
  disconnect: (reason: ClientDisconnectReason, details: DisconnectDetails) => void;
}

export type SocketEventName<L extends EventMap> = EventNames<L> | keyof SocketEvents;

export type SocketListener<L extends EventMap, K> = K extends keyof SocketEvents
  ? SocketEvents[K]
  : K extends EventNames<L>
    ? (...args: EventArguments<L, K>) => void
    : never;

/** Sees every event: name first. */
export type AnyListener = (event: string | number, ...args: readonly unknown[]) => void;
