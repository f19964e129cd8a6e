/** Most characters of a name; the server has the same limit. */
export const MAX_NAME = 32;

/** The code of what keeps a name from being offered to the server; the server has the last word. */
export function nameProblem(input: string): "name_empty" | "name_too_long" | undefined {
  // Longer than any name can be in its shortest form; it bounds the work below.
  if (input.length > 1024) return "name_too_long";
  const name = tidyName(input);
  if (name === "") return "name_empty";
  return [...name].length > MAX_NAME ? "name_too_long" : undefined;
}

/** A name as it is offered. */
export function tidyName(input: string): string {
  return input.normalize("NFKC").trim();
}
