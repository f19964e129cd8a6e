import "../style/transport-menu.css";
import type { RefObject, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { chooseTransport } from "../state/connection.ts";
import { TRANSPORT_CHOICES, type TransportChoice, transportChoice } from "../state/transport-choice.ts";
import { Icon } from "./icon.tsx";

const WORDS: Record<TransportChoice, { readonly title: string; readonly note: string }> = {
  auto: { title: "Automatic", note: "The best the network allows" },
  websocket: { title: "WebSocket", note: "One connection, open both ways" },
  polling: { title: "HTTP long polling", note: "Plain requests, for any proxy" },
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
    <div
      ref={menu}
      class="transport-menu"
      role="menu"
      aria-label="Transport"
      data-testid="transport-menu"
      onKeyDown={pressKey}
    >
      {TRANSPORT_CHOICES.map((choice) => (
        <button
          key={choice}
          type="button"
          class="transport-option"
          role="menuitemradio"
          aria-checked={choice === chosen}
          tabIndex={-1}
          data-testid="transport-option"
          data-value={choice}
          onClick={() => choose(choice)}
        >
          <span class="transport-option-title">{WORDS[choice].title}</span>
          <span class="transport-option-note">{WORDS[choice].note}</span>
          {choice === chosen && <Icon name="check" />}
        </button>
      ))}
    </div>
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
