import type { VNode } from "preact";

const GAPS: ReadonlyMap<string, string> = new Map([
  ["epoch", "The server began a new log, so what was said while you were away may be missing here."],
  ["trimmed", "You were away for so long that a part of the conversation is no longer kept."],
]);

/** Says that the conversation could not be continued where it was left. */
export function GapNote({ gap }: { readonly gap: string }): VNode {
  return (
    <p class="row-note gap" role="status">
      {GAPS.get(gap) ?? "Much was said while you were away. Scroll up for what is missing."}
    </p>
  );
}
