/** Code points of a text, the length that limits and their messages speak of; a surrogate pair counts once. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
