import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { room } from "../state/current-room.ts";
import { drawer } from "../state/drawer.ts";
import { Banner } from "./banner.tsx";
import { Composer } from "./composer.tsx";
import { focusComposer } from "./composer-focus.ts";
import { MessageList } from "./message-list.tsx";
import { PeoplePanel } from "./people-panel.tsx";
import { RoomHeader } from "./room-header.tsx";
import { RoomPanel } from "./room-panel.tsx";
import { RoomSwitcher } from "./room-switcher.tsx";
import { listenToShortcuts } from "./shortcuts.ts";
import { TypingLine } from "./typing-line.tsx";

/** The three panels. On a narrow screen the outer two are drawers, and while one is open the rest is out of reach. */
export function Chat(): VNode {
  const open = drawer.value;
  useEffect(listenToShortcuts, []);
  return (
    <div class="shell" data-drawer={open ?? "none"}>
      <button type="button" class="skip" onClick={focusComposer}>
        Skip to the message field
      </button>
      <RoomPanel />
      <main class="stage" inert={open !== undefined}>
        <RoomHeader />
        <Banner />
        <MessageList key={room.value} room={room.value} />
        <TypingLine />
        <Composer key={`composer ${room.value}`} room={room.value} />
      </main>
      <PeoplePanel />
      {open !== undefined && (
        // For pointers; the keyboard has Escape and the button in the drawer.
        <button
          type="button"
          class="scrim"
          tabIndex={-1}
          aria-label="Close"
          onClick={() => (drawer.value = undefined)}
        />
      )}
      <RoomSwitcher />
    </div>
  );
}
