import type { VNode } from "preact";
import { announcements } from "../state/announcer.ts";

/** Says what is new to a screen reader. Apart from the list itself, so that loading history is not read out. */
export function Announcer(): VNode {
  return (
    <div class="unseen" aria-live="polite" aria-atomic="false" aria-relevant="additions">
      {announcements.value.map((announcement) => (
        <p key={announcement.key}>{announcement.text}</p>
      ))}
    </div>
  );
}
