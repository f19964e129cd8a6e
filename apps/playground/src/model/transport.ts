/** Best first. */
export const TRANSPORTS = ["websocket", "streaming", "sse", "polling", "short-polling", "iframe", "jsonp"] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/** Names for people. */
const TITLES: Record<TransportName, string> = {
  websocket: "WebSocket",
  streaming: "HTTP streaming",
  sse: "Server-sent events",
  polling: "HTTP long polling",
  "short-polling": "HTTP short polling",
  iframe: "Hidden iframe",
  jsonp: "JSONP",
};

export function transportTitle(transport: TransportName): string {
  return TITLES[transport];
}

/** Narrows what came from elsewhere. */
export function readTransport(value: unknown): TransportName | undefined {
  return TRANSPORTS.find((name) => name === value);
}

/** Why a transport is in use, as the client says it. */
export type TransportReason =
  | "opened"
  | "remembered"
  | "raced"
  | "blocked"
  | "better"
  | "broken"
  | "buffered"
  | "chosen";

const REASONS: Record<TransportReason, string> = {
  opened: "It opened at the first try.",
  remembered: "It worked here the last time.",
  raced: "It was open before the others.",
  blocked: "What comes before it did not open.",
  better: "It is the best that opens now.",
  broken: "The one before it kept breaking.",
  buffered: "The one before it was held up on the way.",
  chosen: "You chose it.",
};

/** What a person can ask for. */
export type TransportChoice = "auto" | TransportName;

export const TRANSPORT_CHOICES: readonly TransportChoice[] = ["auto", ...TRANSPORTS];

/** Why a transport is in use, to the person who made this choice. */
export function reasonSentence(transport: TransportName, reason: TransportReason, choice: TransportChoice): string {
  if (choice === "auto") return REASONS[reason === "chosen" ? "better" : reason];
  return choice === transport ? REASONS[reason] : `${TITLES[choice]} did not open.`;
}

/**
 * The transports to try, first to last; undefined leaves it to the client. A server need not serve what loads into the
 * page, so that falls back to what every server has.
 */
export function transportsOf(choice: TransportChoice): TransportName[] | undefined {
  if (choice === "auto") return undefined;
  return choice === "iframe" || choice === "jsonp" ? [choice, "polling"] : [choice];
}
