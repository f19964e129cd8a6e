import { type ChatFailure, chatFailure } from "../failures.ts";
import { characterCount } from "./character-count.ts";

/** The room that always exists and is always listed first. */
export const LOBBY = "lobby";
export const MAX_ROOM_CHARACTERS = 40;

const CHANNEL_PREFIX = "room:";
/** Marks only after a letter or digit, so that a name cannot begin with one; one space between words, none at the ends. */
const ROOM = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*(?: [\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*)*$/u;

/** Letters that look like nothing, for example the Hangul filler: two rooms must not look the same. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** Reads a room name as a person types it and gives its one canonical form: NFKC, lower case, single spaces. */
export function parseRoomName(value: unknown): string | ChatFailure {
  // NFKC makes a text at most 18 times longer, and more than 8 units a character are no name of ours.
  if (typeof value !== "string" || value.length > 8 * MAX_ROOM_CHARACTERS) return chatFailure("room_invalid");
  const name = value.normalize("NFKC").toLowerCase().normalize("NFKC").trim().replace(/ +/g, " ");
  if (characterCount(name) > MAX_ROOM_CHARACTERS || !ROOM.test(name) || INVISIBLE.test(name))
    return chatFailure("room_invalid");
  return name;
}

/** The channel of a room; `name` is canonical. */
export function roomChannel(name: string): string {
  return CHANNEL_PREFIX + name;
}

/**
 * The room of a channel, or undefined when the channel is no room. Only the canonical spelling names a room:
 * otherwise two people in "Tea" and "tea" would not see each other.
 */
export function roomOfChannel(channel: string): string | undefined {
  if (!channel.startsWith(CHANNEL_PREFIX)) return undefined;
  const name = channel.slice(CHANNEL_PREFIX.length);
  return parseRoomName(name) === name ? name : undefined;
}
