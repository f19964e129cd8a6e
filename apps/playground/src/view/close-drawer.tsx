import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Drawer, drawer } from "../state/drawer.ts";
import { Icon } from "./icon.tsx";

/** Closes a drawer. It has the focus while the drawer is open, so that the keyboard is where the eyes are. */
export function CloseDrawer({ of }: { readonly of: Drawer }): VNode {
  const button = useRef<HTMLButtonElement>(null);
  const open = drawer.value === of;
  useLayoutEffect(() => {
    if (!open) return;
    const before = document.activeElement;
    button.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [open]);
  return (
    <button
      ref={button}
      type="button"
      class="icon-button close-drawer"
      aria-label="Close"
      onClick={() => (drawer.value = undefined)}
    >
      <Icon name="close" />
    </button>
  );
}
