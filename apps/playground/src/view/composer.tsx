import "../style/composer.css";
import type { TargetedKeyboardEvent, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useComposerDraft } from "./composer-draft.ts";
import { COMPOSER_ID } from "./composer-focus.ts";
import { COMPOSER_NOTE_ID, ComposerNote } from "./composer-note.tsx";
import { Icon } from "./icon.tsx";

/** Where a message is written. One per room: another room has another draft. */
export function Composer({ room }: { readonly room: string }): VNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useComposerDraft(room);
  useLayoutEffect(() => fitHeight(field.current), [draft.text]);
  useEffect(() => {
    // On a touch screen the focus would raise the keyboard over what the person came to read.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  function send(event: Event): void {
    event.preventDefault();
    draft.send();
    field.current?.focus();
  }

  return (
    <form class="composer" onSubmit={send}>
      <div class="composer-box" data-invalid={draft.problem !== undefined}>
        <textarea
          ref={field}
          id={COMPOSER_ID}
          data-testid="composer"
          rows={1}
          value={draft.text}
          placeholder={`Message #${room}`}
          aria-label={`Message to ${room}`}
          aria-describedby={COMPOSER_NOTE_ID}
          aria-invalid={draft.problem !== undefined}
          enterkeyhint="send"
          onInput={(event) => draft.change(event.currentTarget)}
          onPaste={draft.paste}
          onKeyDown={(event) => {
            if (sends(event)) send(event);
          }}
        />
        <button type="submit" class="send" data-testid="send" aria-label="Send" title="Send" disabled={!draft.sendable}>
          <Icon name="send" />
        </button>
      </div>
      <ComposerNote draft={draft} />
    </form>
  );
}

/** While an input method composes, Enter chooses a candidate. */
function sends(event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

/** Grows the field with its text; the style sheet bounds it. */
function fitHeight(area: HTMLTextAreaElement | null): void {
  if (area === null) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}
