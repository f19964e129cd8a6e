import "../style/transport-badge.css";
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { transportTitle } from "../model/transport.ts";
import { transport } from "../state/connection.ts";
import { roundTrip } from "../state/round-trip.ts";
import { type Status, status } from "../state/status.ts";
import { Icon } from "./icon.tsx";
import { TransportMenu } from "./transport-menu.tsx";

const WORDS: Record<Status, string> = {
  online: "Online",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "Offline",
};

/** Says what carries the conversation and how fast, and opens the menu that changes it. */
export function TransportBadge(): VNode {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const carrier = status.value === "online" ? transport.value : undefined;
  const words = carrier === undefined ? WORDS[status.value] : transportTitle(carrier);
  const trip = carrier === undefined ? undefined : roundTrip.value;

  function close(returnFocus: boolean): void {
    setOpen(false);
    if (returnFocus) button.current?.focus();
  }

  return (
    <div class="transport">
      <button
        ref={button}
        type="button"
        class="transport-badge"
        data-testid="transport-badge"
        data-transport={carrier ?? "none"}
        data-state={status.value}
        aria-haspopup="menu"
        aria-expanded={open}
        title="Choose how messages travel"
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Icon name={carrier ?? "offline"} />
        <span class="unseen">Transport: </span>
        <span class="transport-words">{words}</span>
        {trip !== undefined && (
          <span class="transport-trip">
            <span class="unseen">, round trip </span>
            {tripText(trip)}
          </span>
        )}
        <Icon name="chevron" />
      </button>
      {open && <TransportMenu opener={button} onClose={close} />}
    </div>
  );
}

function tripText(ms: number): string {
  return ms < 1 ? "<1 ms" : `${Math.round(ms)} ms`;
}
