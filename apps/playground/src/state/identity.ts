import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { randomId } from "./random-id.ts";
import { browserStore, tabStore } from "./storage.ts";
import { hasTwin } from "./tab-twin.ts";

/** Who this tab is. Two tabs are two people, so that one browser is enough to try a conversation. */
const accepted = signal<string | undefined>(undefined);
let secret = "";

/** The name under which the server knows this tab; undefined until one was accepted. */
export const name: ReadonlySignal<string | undefined> = accepted;

export const hasName: ReadonlySignal<boolean> = computed(() => accepted.value !== undefined);

/** The secret that proves to the server that a name is still ours; 128 random bits. */
export function clientId(): string {
  return secret;
}

/** The name that the form offers: the one last used in this browser. */
export function lastName(): string {
  return tabStore.read("name") || (browserStore.read("name") ?? "");
}

/**
 * Takes up the identity of this tab. A duplicated tab inherits the storage of the original and would be the same person
 * twice: it becomes a new one, without a name and without the other's unsent messages.
 */
export async function restoreIdentity(): Promise<void> {
  const stored = tabStore.read("client");
  const known = stored !== null && /^[0-9a-f]{32}$/.test(stored) && !(await hasTwin(stored));
  secret = known ? stored : randomId();
  if (!known) {
    tabStore.write("client", secret);
    tabStore.write("outbox", "[]");
    tabStore.write("drafts", "[]");
    tabStore.write("name", "");
    tabStore.write("member", "");
  }
  const name = tabStore.read("name");
  accepted.value = name === null || name === "" ? undefined : name;
}

/** Keeps a name that the server accepted. */
export function acceptName(name: string): void {
  accepted.value = name;
  tabStore.write("name", name);
  browserStore.write("name", name);
}
