import "../style/message-item.css";
import type { VNode } from "preact";
import { clockText, fullText, isoText } from "../model/date-text.ts";
import type { MessageRow } from "../model/row.ts";
import { ownId } from "../state/people.ts";
import { Avatar } from "./avatar.tsx";
import { DeliveryFailure } from "./delivery-failure.tsx";
import { DeliveryMark } from "./delivery-mark.tsx";
import { MessageText } from "./message-text.tsx";

/** One message. The first of a group shows its author; the others have it for screen readers only. */
export function MessageItem({ row }: { readonly row: MessageRow }): VNode {
  const { id, offset, state, name, own, opens, time } = row;
  const author = own ? (ownId.value ?? name) : row.author;
  return (
    <li
      class="message"
      data-testid="message"
      data-id={id}
      data-state={state}
      data-offset={offset}
      data-own={own}
      data-opens={opens}
    >
      {opens ? <Avatar id={author} name={name} /> : <span class="knot" aria-hidden="true" />}
      <div class="message-head">
        <span class={opens ? "message-author" : "unseen"} data-testid="message-author" dir="auto">
          {name}
        </span>
        <time class="message-time" dateTime={isoText(time)} title={fullText(time)}>
          {clockText(time)}
        </time>
      </div>
      <div class="message-body" dir="auto">
        <MessageText text={row.text} />
        {own && state !== "failed" && <DeliveryMark state={state} />}
      </div>
      {state === "failed" && <DeliveryFailure row={row} />}
    </li>
  );
}
