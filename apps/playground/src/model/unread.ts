/** How far a person has read each room: room name → offset. */
export type ReadMarks = ReadonlyMap<string, number>;

/** Messages above the mark. A head below the mark means the room's log began anew: nothing is unread. */
export function unreadCount(head: number, mark: number | undefined): number {
  return mark === undefined ? 0 : Math.max(0, head - mark);
}

/** Marks after reading up to `offset`; the same map when that is not further. */
export function advance(marks: ReadMarks, room: string, offset: number): ReadMarks {
  return (marks.get(room) ?? -1) >= offset ? marks : new Map(marks).set(room, offset);
}

/**
 * Marks after hearing the heads of all rooms. For somebody who is here for the first time all that is there counts as
 * read; for others a room they have not met is unread from its beginning. A mark above the head is taken back to it.
 */
export function meetHeads(marks: ReadMarks, heads: ReadonlyMap<string, number>, firstVisit: boolean): ReadMarks {
  const met = new Map(marks);
  for (const [room, head] of heads) {
    const mark = marks.get(room);
    if (mark === undefined) met.set(room, firstVisit ? head : 0);
    else if (mark > head) met.set(room, head);
  }
  return met;
}

/** A badge never grows wide. */
export function countText(count: number): string {
  return count > 99 ? "99+" : String(count);
}

/** The title of the page. */
export function pageTitle(room: string | undefined, unread: number): string {
  const place = room === undefined ? "Everwire" : `#${room} · Everwire`;
  return unread > 0 ? `(${countText(unread)}) ${place}` : place;
}

/** One person's marks among those of the people who used this browser. */
export interface MarksOfPerson {
  readonly person: string;
  readonly marks: ReadMarks;
}

/** How many people's marks one browser remembers; the longest unused go first. */
const MAX_PEOPLE = 8;

/** Reads the marks of all people, longest unused first; what is not understood is left out. */
export function decodeMarks(json: string | null): MarksOfPerson[] {
  try {
    const value: unknown = JSON.parse(json ?? "[]");
    return Array.isArray(value) ? value.map(readEntry).filter((entry) => entry !== undefined) : [];
  } catch {
    return [];
  }
}

function readEntry(value: unknown): MarksOfPerson | undefined {
  if (!Array.isArray(value) || typeof value[0] !== "string" || !Array.isArray(value[1])) return undefined;
  const marks = new Map<string, number>();
  for (const mark of value[1]) {
    if (Array.isArray(mark) && typeof mark[0] === "string" && Number.isSafeInteger(mark[1]))
      marks.set(mark[0], mark[1]);
  }
  return { person: value[0], marks };
}

/** Writes the marks of all people with those of one person renewed. */
export function encodeMarks(all: readonly MarksOfPerson[], person: string, marks: ReadMarks): string {
  const others = all.filter((entry) => entry.person !== person);
  const kept = [...others, { person, marks }].slice(-MAX_PEOPLE);
  return JSON.stringify(kept.map((entry) => [entry.person, [...entry.marks]]));
}
