import type {
  ChannelRequest,
  DataRequest,
  DoneResponse,
  HistoryResponse,
  PresenceEvent,
  PublishRequest,
  PublishResponse,
  RecordEvent,
  SignalEvent,
  SubscribeResponse,
} from "./channel-message.ts";

/** The events a client sends; docs/protocol/channels.md describes each. Positions travel as `epoch:offset`. */
export interface ChannelClientEvents {
  "channel:subscribe": (
    request: { readonly channel: string; readonly since?: string; readonly limit?: number },
    ack: (response: SubscribeResponse) => void,
  ) => void;
  "channel:unsubscribe": (request: ChannelRequest, ack: (response: DoneResponse) => void) => void;
  "channel:publish": (request: PublishRequest, ack: (response: PublishResponse) => void) => void;
  "channel:history": (
    request: { readonly channel: string; readonly before: number; readonly limit?: number },
    ack: (response: HistoryResponse) => void,
  ) => void;
  "channel:enter": (request: DataRequest, ack: (response: DoneResponse) => void) => void;
  "channel:leave": (request: ChannelRequest, ack: (response: DoneResponse) => void) => void;
  "channel:signal": (request: DataRequest) => void;
  "channel:ping": (ack: (response: DoneResponse) => void) => void;
}

/** The events a server sends to subscribers. */
export interface ChannelServerEvents {
  "channel:record": (event: RecordEvent) => void;
  "channel:presence": (event: PresenceEvent) => void;
  "channel:signal": (event: SignalEvent) => void;
}
