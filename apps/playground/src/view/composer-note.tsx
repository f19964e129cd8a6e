import type { VNode } from "preact";
import type { ComposerDraft } from "./composer-draft.ts";

/** The id by which the message field refers to the note. */
export const COMPOSER_NOTE_ID = "composer-note";

/** The line under the message field: what is wrong, else how much room is left, else how to send. */
export function ComposerNote({ draft }: { readonly draft: ComposerDraft }): VNode {
  const { problem, left } = draft;
  return (
    <div class="composer-foot" id={COMPOSER_NOTE_ID}>
      <p role="alert">
        {problem !== undefined && (
          <span class="problem" data-testid="composer-error">
            {problem}
          </span>
        )}
      </p>
      {problem === undefined && left !== undefined && <p class="composer-left">{left} left</p>}
      {problem === undefined && left === undefined && (
        <p class="composer-hint">
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> starts a line
        </p>
      )}
    </div>
  );
}
