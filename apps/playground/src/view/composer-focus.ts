/** The id of the message field, by which other parts of the page find it. */
export const COMPOSER_ID = "composer";

export function focusComposer(): void {
  document.getElementById(COMPOSER_ID)?.focus();
}
