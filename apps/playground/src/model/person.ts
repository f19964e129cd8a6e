import { readTransport, type TransportName } from "./transport.ts";

/** The hue of a person's avatar, 0 to 359, the same for an id on every page. */
export function hueOf(id: string): number {
  // FNV-1a: short ids that differ in one character land far apart.
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash % 360;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One or two letters for an avatar: the first of the first and of the last word, whole graphemes. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
  const first = firstGrapheme(words[0] ?? name);
  const last = words.length > 1 ? firstGrapheme(words.at(-1) ?? "") : "";
  return (first + last).toLocaleUpperCase() || "?";
}

function firstGrapheme(word: string): string {
  for (const { segment } of segmenter.segment(word.slice(0, 32))) return segment;
  return "";
}

/** What a member of a room tells about itself. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly transport: TransportName | undefined;
}

/** Narrows the presence data of a member; a member without a name is not shown. */
export function readPerson(id: string, data: unknown): Person | undefined {
  if (typeof data !== "object" || data === null || !("name" in data) || typeof data.name !== "string") return undefined;
  return { id, name: data.name, transport: "transport" in data ? readTransport(data.transport) : undefined };
}

/** Ourselves first, the others by name. */
export function sortPeople(people: readonly Person[], own: string | undefined): Person[] {
  const rank = (person: Person): number => (person.id === own ? 0 : 1);
  return people.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
}
