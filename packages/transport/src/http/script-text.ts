/** What JSON leaves as it is and a script in a page must not contain: what ends a script or a line, or opens markup. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/**
 * What stands between the quotes of a string in a script, so that the script's value is `text`, character by character,
 * lone surrogates included. It is safe inside a `<script>` element, whatever the text holds.
 */
export function scriptText(text: string): string {
  return JSON.stringify(text).slice(1, -1).replace(UNSAFE, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
