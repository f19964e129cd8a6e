import "../style/jump-latest.css";
import type { VNode } from "preact";
import { countText } from "../model/unread.ts";
import { room } from "../state/current-room.ts";
import { atBottom, jumpToLatest, unseen } from "../state/reading.ts";
import { timelineOf } from "../state/timeline.ts";
import { Icon } from "./icon.tsx";

/** The way back down, with the number of messages that came meanwhile. */
export function JumpLatest(): VNode | null {
  const { phase, messages } = timelineOf(room.value).value;
  if (atBottom.value || phase !== "ready" || messages.length === 0) return null;
  const count = unseen.value;
  return (
    <button type="button" class="jump-latest" data-testid="jump-latest" onClick={jumpToLatest}>
      <Icon name="arrowDown" />
      {count === 0 ? "Latest" : `${countText(count)} new`}
    </button>
  );
}
