/** What an event carries: its name, then its arguments. Numbers are legal names. */
export type EventPayload = readonly [name: string | number, ...args: unknown[]];

export interface ConnectPacket {
  readonly type: "connect";
  readonly namespace: string;
  /** From the client what it wants to be judged by; from the server `{ sid }`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface DisconnectPacket {
  readonly type: "disconnect";
  readonly namespace: string;
}

export interface EventPacket {
  readonly type: "event";
  readonly namespace: string;
  /** Present when the sender waits for an acknowledgement. */
  readonly id?: number;
  readonly args: EventPayload;
}

export interface AckPacket {
  readonly type: "ack";
  readonly namespace: string;
  readonly id: number;
  readonly args: readonly unknown[];
}

export interface ConnectErrorPacket {
  readonly type: "connect_error";
  readonly namespace: string;
  readonly data: { readonly message: string; readonly data?: unknown };
}

/** One Socket.IO 5 packet. That an event or ack holds bytes is a matter of its wire form, not of its type. */
export type SocketPacket = ConnectPacket | DisconnectPacket | EventPacket | AckPacket | ConnectErrorPacket;

/** Digits on the wire (docs/protocol/events.md, "Packet"). */
export const PACKET_CONNECT = 0;
export const PACKET_DISCONNECT = 1;
export const PACKET_EVENT = 2;
export const PACKET_ACK = 3;
export const PACKET_CONNECT_ERROR = 4;
export const PACKET_BINARY_EVENT = 5;
export const PACKET_BINARY_ACK = 6;

/** Attachments of one packet. Common receivers close the connection at the eleventh. */
export const MAX_ATTACHMENTS = 10;
