import "../style/room-panel.css";
import type { VNode } from "preact";
import { drawer } from "../state/drawer.ts";
import { CloseDrawer } from "./close-drawer.tsx";
import { NewRoom } from "./new-room.tsx";
import { RoomList } from "./room-list.tsx";
import { SelfCard } from "./self-card.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";
import { Wordmark } from "./wordmark.tsx";

export function RoomPanel(): VNode {
  return (
    <nav class="room-panel" aria-label="Rooms" inert={drawer.value === "people"}>
      <div class="panel-head">
        <Wordmark />
        <ThemeToggle />
        <CloseDrawer of="rooms" />
      </div>
      <RoomList />
      <NewRoom />
      <SelfCard />
    </nav>
  );
}
