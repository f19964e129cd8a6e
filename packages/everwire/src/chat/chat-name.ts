import { type ChatFailure, chatFailure } from "../failures.ts";
import { characterCount } from "./character-count.ts";

/** Code points, counted after normalisation: the length that people see, not that of the UTF-16 form. */
export const MAX_NAME_CHARACTERS = 32;

/** Over this many UTF-16 units no name can be short enough; it bounds the work of normalising peer text. */
const MAX_NAME_UNITS = 1024;

/** A name as it is shown, and the key under which it is held. */
export interface ChatName {
  readonly shown: string;
  /** Equal for names that people cannot tell apart by case or compatibility form. */
  readonly key: string;
}

/**
 * Characters that change how other text looks, or do not look at all: controls, format characters (direction overrides
 * among them), line separators, lone surrogates and default ignorables such as the Hangul filler. The joiners and
 * the variation selectors stay, since Persian names and emoji need them; the key leaves them out.
 */
const REFUSED = /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;
const VISIBLE = /[^\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u;

/** Reads a peer's name. `__proto__` and markup are names like any other: they only ever meet maps and text nodes. */
export function parseChatName(value: unknown): ChatName | ChatFailure {
  if (typeof value !== "string") return chatFailure("name_invalid");
  if (value.length > MAX_NAME_UNITS) return chatFailure("name_too_long");
  const shown = value.normalize("NFKC").trim().replace(/ +/g, " ");
  if (shown === "") return chatFailure("name_empty");
  if (REFUSED.test(shown)) return chatFailure("name_invalid");
  if (!VISIBLE.test(shown)) return chatFailure("name_empty");
  if (characterCount(shown) > MAX_NAME_CHARACTERS) return chatFailure("name_too_long");
  return { shown, key: nameKey(shown) };
}

/**
 * JavaScript has no case folding. Lower then upper case is as good here: it makes ß and SS, and the three sigmas, one.
 */
function nameKey(shown: string): string {
  return shown.replace(IGNORED, "").toLowerCase().toUpperCase().normalize("NFKC");
}
