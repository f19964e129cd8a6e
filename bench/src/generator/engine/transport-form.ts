/** Ways that carry a session. Those besides the first two are Everwire's own. */
export type TransportName = "websocket" | "polling" | "streaming" | "sse" | "short-polling" | "iframe" | "jsonp";

/** What a client of a run is: a stock client of Engine.IO 4, or Everwire's, on one of its transports. */
export interface TransportForm {
  readonly session: "stock" | "everwire";
  readonly transport: TransportName;
  /** Requests with all that Chromium sends, or with no more than HTTP and the protocol ask for. */
  readonly headers: "browser" | "bare";
}
