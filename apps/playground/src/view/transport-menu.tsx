import "../style/transport-menu.css";
import type { RefObject, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { reasonSentence, TRANSPORT_CHOICES, type TransportChoice, transportTitle } from "../model/transport.ts";
import { chooseTransport, transport, transportReason } from "../state/connection.ts";
import { transportChoice } from "../state/transport-choice.ts";
import { Icon } from "./icon.tsx";

const NOTES: Record<TransportChoice, string> = {
  auto: "The best the network allows",
  websocket: "One connection, open both ways",
  streaming: "One response that never ends",
  sse: "The same, read by the browser",
  polling: "Each answer waits for news",
  "short-polling": "Answers at once, asks often",
  iframe: "A hidden page that never ends",
  jsonp: "Where only scripts may load",
};

interface TransportMenuProps {
  /** The button that opened the menu: pressing it is not pressing elsewhere. */
  readonly opener: RefObject<HTMLElement | null>;
  readonly onClose: (returnFocus: boolean) => void;
}

/** The menu that forces a transport, after the menu button pattern of the ARIA practices. */
export function TransportMenu({ opener, onClose }: TransportMenuProps): VNode {
  const menu = useRef<HTMLDivElement>(null);
  const chosen = transportChoice.value;

  // Before the next key can be pressed.
  useLayoutEffect(() => menu.current?.querySelector<HTMLElement>("[aria-checked=true]")?.focus(), []);
  useEffect(() => {
    function pressElsewhere(event: PointerEvent): void {
      const { target } = event;
      const inside = target instanceof Node && (menu.current?.contains(target) || opener.current?.contains(target));
      if (!inside) onClose(false);
    }
    document.addEventListener("pointerdown", pressElsewhere);
    return () => document.removeEventListener("pointerdown", pressElsewhere);
  }, []);

  function pressKey(event: KeyboardEvent): void {
    if (event.key === "Escape") onClose(true);
    else if (event.key === "Tab") onClose(false);
    else if (!moveFocus(menu.current, event.key)) return;
    // Tab goes on from the badge to what follows it.
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }

  function choose(choice: TransportChoice): void {
    onClose(true);
    if (choice !== chosen) chooseTransport(choice);
  }

  return (
    <div ref={menu} class="transport-menu">
      <TransportInUse />
      <div
        class="transport-options"
        role="menu"
        aria-label="Transport"
        aria-describedby="transport-now"
        data-testid="transport-menu"
        onKeyDown={pressKey}
      >
        {TRANSPORT_CHOICES.map((choice) => (
          <TransportOption key={choice} choice={choice} chosen={choice === chosen} onClick={() => choose(choice)} />
        ))}
      </div>
    </div>
  );
}

interface TransportOptionProps {
  readonly choice: TransportChoice;
  readonly chosen: boolean;
  readonly onClick: () => void;
}

function TransportOption({ choice, chosen, onClick }: TransportOptionProps): VNode {
  return (
    <button
      type="button"
      class="transport-option"
      role="menuitemradio"
      aria-checked={chosen}
      tabIndex={-1}
      data-testid="transport-option"
      data-value={choice}
      data-in-use={choice === transport.value}
      onClick={onClick}
    >
      <span class="transport-option-title">{choice === "auto" ? "Automatic" : transportTitle(choice)}</span>
      <span class="transport-option-note">{NOTES[choice]}</span>
      {chosen && <Icon name="check" />}
    </button>
  );
}

/** What was chosen is in the menu; this is what came of it. */
function TransportInUse(): VNode {
  const name = transport.value;
  const reason = transportReason.value;
  return (
    <p id="transport-now" class="transport-now" data-testid="transport-now" data-reason={reason ?? "none"}>
      {name === undefined ? (
        "Not connected now."
      ) : (
        <>
          Now over <strong>{transportTitle(name)}</strong>.{" "}
          {reason !== undefined && reasonSentence(name, reason, transportChoice.value)}
        </>
      )}
    </p>
  );
}

/** Moves the focus within the menu; false for a key that does not. */
function moveFocus(menu: HTMLElement | null, key: string): boolean {
  const items: Element[] = [...(menu?.querySelectorAll("[role=menuitemradio]") ?? [])];
  const at = document.activeElement === null ? -1 : items.indexOf(document.activeElement);
  const targets = new Map([
    ["ArrowDown", (at + 1) % items.length],
    ["ArrowUp", at <= 0 ? -1 : at - 1],
    ["Home", 0],
    ["End", -1],
  ]);
  const target = targets.get(key);
  if (target === undefined) return false;
  const item = items.at(target);
  if (item instanceof HTMLElement) item.focus();
  return true;
}
