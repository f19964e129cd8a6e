import type { VNode } from "preact";
import { dayText, isoText } from "../model/date-text.ts";

export function DayRow({ time }: { readonly time: number }): VNode {
  return (
    <li class="day-row">
      <time dateTime={isoText(time)}>{dayText(time, Date.now())}</time>
    </li>
  );
}
