import { useState } from "preact/hooks";
import { charactersLeft, MAX_DRAFT, MAX_TEXT, oversizeSentence, textProblem, tidyText } from "../model/message-text.ts";
import { draftOf, keepDraft } from "../state/draft.ts";
import { sendMessage } from "../state/outbox.ts";
import { clearDivider, jumpToLatest } from "../state/reading.ts";
import { noteStopped, noteTyping } from "../state/room.ts";

/** The message being written in a room. */
export interface ComposerDraft {
  readonly text: string;
  /** What is wrong with it, or with what was pasted into it. */
  readonly problem: string | undefined;
  /** Characters left, once they are few. */
  readonly left: number | undefined;
  readonly sendable: boolean;
  /** Takes what the field now holds; a text beyond all bounds is turned away and the field put back. */
  change(area: HTMLTextAreaElement): void;
  /** Turns a huge text away before the field has to lay it out. */
  paste(event: ClipboardEvent): void;
  /** Sends, unless there is nothing to send. */
  send(): void;
}

export function useComposerDraft(room: string): ComposerDraft {
  const [text, setText] = useState(() => draftOf(room));
  const [refused, setRefused] = useState<string>();
  const left = charactersLeft(text);
  const over = left !== undefined && left < 0 ? -left : undefined;
  const overlong = over === undefined ? undefined : `${over} characters too many: a message holds ${MAX_TEXT}.`;
  const sendable = textProblem(text) === undefined;

  function keep(next: string): void {
    setRefused(undefined);
    setText(next);
    keepDraft(room, next);
    if (next.trim() === "") noteStopped();
    else noteTyping();
  }

  return {
    text,
    problem: refused ?? overlong,
    left,
    sendable,
    change(area) {
      if (area.value.length <= MAX_DRAFT) return keep(area.value);
      setRefused(oversizeSentence(area.value.length));
      area.value = text;
    },
    paste(event) {
      const length = event.clipboardData?.getData("text/plain").length ?? 0;
      if (length + text.length <= MAX_DRAFT) return;
      event.preventDefault();
      setRefused(oversizeSentence(length));
    },
    send() {
      if (!sendable) return;
      if (!sendMessage(room, tidyText(text))) {
        return setRefused("A hundred messages are waiting already. Wait until they are sent, or discard some.");
      }
      keep("");
      clearDivider();
      jumpToLatest();
    },
  };
}
