import { type ReadonlySignal, signal } from "@preact/signals";
import { TRANSPORT_CHOICES, type TransportChoice } from "../model/transport.ts";
import { tabStore } from "./storage.ts";

const stored = TRANSPORT_CHOICES.find((choice) => choice === tabStore.read("transport"));
const chosen = signal<TransportChoice>(stored ?? "auto");

/** Which transport the person wants; kept per tab. */
export const transportChoice: ReadonlySignal<TransportChoice> = chosen;

export function rememberTransport(choice: TransportChoice): void {
  chosen.value = choice;
  tabStore.write("transport", choice);
}
