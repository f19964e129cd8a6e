import "../style/typing-line.css";
import type { VNode } from "preact";
import { typingSentence } from "../model/typing.ts";
import { typistName } from "../state/channels.ts";
import { typing } from "../state/typing.ts";

/** Who is typing. It keeps its height, so that the messages do not jump. Not read out: it would interrupt reading. */
export function TypingLine(): VNode {
  const names = typing.value.map(typistName).filter((name) => name !== undefined);
  return (
    <p class="typing-line" data-testid="typing">
      {names.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {typingSentence(names)}
        </>
      )}
    </p>
  );
}
