/** The room that is always there. */
export const LOBBY = "lobby";
const MAX_ROOM_NAME = 40;
/** The server's rule: a mark only after a letter, digit, - or _; single spaces between words. */
const ALLOWED = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*(?: [\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*)*$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

export type RoomNameResult =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly problem: string };

/** The one name under which a room is known: NFKC, lower case, single spaces, a leading # left out. */
export function readRoomName(input: string): RoomNameResult {
  const tooLong = { ok: false, problem: `Use at most ${MAX_ROOM_NAME} characters.` } as const;
  if (input.length > 8 * MAX_ROOM_NAME) return tooLong;
  const typed = input.trim().replace(/^#+/, "").normalize("NFKC").toLowerCase().normalize("NFKC");
  const name = typed.trim().replace(/\s+/g, " ");
  if (name === "") return { ok: false, problem: "Give the room a name." };
  if ([...name].length > MAX_ROOM_NAME) return tooLong;
  if (!ALLOWED.test(name) || INVISIBLE.test(name))
    return { ok: false, problem: "Use letters, digits, spaces, - and _ only." };
  return { ok: true, name };
}

/** The room that an address bar's `#…` names; undefined when it names none. */
export function roomFromHash(hash: string): string | undefined {
  try {
    const result = readRoomName(decodeURIComponent(hash.replace(/^#/, "")));
    return result.ok ? result.name : undefined;
  } catch {
    // A lone % in a hand-written address is no encoding.
    return undefined;
  }
}

/** The `#…` of a room. */
export function hashOfRoom(name: string): string {
  return `#${encodeURIComponent(name)}`;
}
