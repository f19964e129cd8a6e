import "../style/delivery.css";
import type { VNode } from "preact";
import { Icon } from "./icon.tsx";

/** Whether the server has a message of ours. */
export function DeliveryMark({ state }: { readonly state: "sending" | "sent" }): VNode {
  return state === "sending" ? (
    <span class="delivery-mark sending" title="On the way to the server">
      Sending…
    </span>
  ) : (
    <span class="delivery-mark sent" title="The server has it">
      <Icon name="check" />
      <span class="unseen">Sent</span>
    </span>
  );
}
