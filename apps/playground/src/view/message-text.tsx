import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { linkify } from "../model/link.ts";

/** The text of a message: text, except that web addresses are links. Its direction is that of its first letters. */
export function MessageText({ text }: { readonly text: string }): VNode {
  const parts = useMemo(() => linkify(text), [text]);
  return (
    <p class="message-text" data-testid="message-text">
      {parts.map((part) =>
        part.href === undefined ? (
          part.text
        ) : (
          <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
    </p>
  );
}
