import "../style/delivery.css";
import type { VNode } from "preact";
import type { MessageRow } from "../model/row.ts";
import { discardMessage, retryMessage } from "../state/outbox.ts";

/** Why a message of ours was not taken, and what can be done about it. */
export function DeliveryFailure({ row }: { readonly row: MessageRow }): VNode {
  return (
    <p class="delivery-failure">
      <span>
        <strong>Not sent.</strong> {row.reason}
      </span>
      <button type="button" class="quiet" data-testid="retry" onClick={() => retryMessage(row.id)}>
        Retry
      </button>
      <button type="button" class="quiet" data-testid="discard" onClick={() => discardMessage(row.id)}>
        Discard
      </button>
    </p>
  );
}
