import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Person, readPerson, sortPeople } from "../model/person.ts";
import { name } from "./identity.ts";
import { tabStore } from "./storage.ts";

const present = signal<readonly Person[]>([]);
const learned = signal<string | undefined>(undefined);

/**
 * Under which id the others know us. The server derives it from our secret id and never says it; but no two people who
 * are connected have the same name.
 */
export const ownId: ReadonlySignal<string | undefined> = computed(
  () => learned.value ?? present.value.find((person) => person.name === name.value)?.id,
);

/** Who is in the room, ourselves first. */
export const people: ReadonlySignal<readonly Person[]> = computed(() => sortPeople(present.value, ownId.value));

/** The name of somebody who is here. */
export function nameOf(id: string): string | undefined {
  return present.value.find((person) => person.id === id)?.name;
}

/** Takes up the id that this tab had before it was reloaded. */
export function restoreOwnId(): void {
  learned.value = tabStore.read("member") || undefined;
}

/** Takes the members of the room as they are now. */
export function showPeople(members: ReadonlyMap<string, { readonly id: string; readonly data: unknown }>): void {
  present.value = [...members.values()]
    .map((member) => readPerson(member.id, member.data))
    .filter((person) => person !== undefined);
  const self = present.value.find((person) => person.name === name.value);
  // Kept when we are not in the room for a moment, and over a reload, so that our messages stay ours.
  if (self === undefined) return;
  learned.value = self.id;
  tabStore.write("member", self.id);
}
