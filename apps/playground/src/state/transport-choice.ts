import { type ReadonlySignal, signal } from "@preact/signals";
import { tabStore } from "./storage.ts";

export type TransportChoice = "auto" | "websocket" | "polling";
export type TransportName = "websocket" | "polling";

export const TRANSPORT_CHOICES: readonly TransportChoice[] = ["auto", "websocket", "polling"];

const stored = TRANSPORT_CHOICES.find((choice) => choice === tabStore.read("transport"));
const chosen = signal<TransportChoice>(stored ?? "auto");

/** Which transport the person wants; kept per tab. */
export const transportChoice: ReadonlySignal<TransportChoice> = chosen;

export function rememberTransport(choice: TransportChoice): void {
  chosen.value = choice;
  tabStore.write("transport", choice);
}

/** The transports to try, first to last. */
export function transportsOf(choice: TransportChoice): TransportName[] {
  return choice === "auto" ? ["websocket", "polling"] : [choice];
}

/** The name for people. */
export function transportTitle(transport: TransportName): string {
  return transport === "websocket" ? "WebSocket" : "HTTP long polling";
}
