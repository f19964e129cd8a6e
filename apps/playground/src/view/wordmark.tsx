import type { VNode } from "preact";

/** Our mark: two wires, one of them carried in steps, and a knot that holds on both. */
export function Wordmark(): VNode {
  return (
    <span class="wordmark">
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <path class="wire" d="M2 6c5 9 15 9 20 0" />
        <path class="wire dashed" d="M2 13c5 9 15 9 20 0" />
        <circle class="knot" cx="12" cy="13.2" r="3" />
      </svg>
      everwire
    </span>
  );
}
