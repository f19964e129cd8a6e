import "../style/room-header.css";
import type { VNode } from "preact";
import { room } from "../state/current-room.ts";
import { drawer } from "../state/drawer.ts";
import { people } from "../state/people.ts";
import { unreadTotal } from "../state/reading.ts";
import { Icon } from "./icon.tsx";
import { TransportBadge } from "./transport-badge.tsx";

export function RoomHeader(): VNode {
  const count = people.value.length;
  return (
    <header class="room-header">
      <button
        type="button"
        class="icon-button to-rooms"
        aria-label={unreadTotal.value > 0 ? "Rooms, some have new messages" : "Rooms"}
        data-mark={unreadTotal.value > 0}
        aria-expanded={drawer.value === "rooms"}
        onClick={() => (drawer.value = "rooms")}
      >
        <Icon name="menu" />
      </button>
      <h1 class="room-title">
        <span class="hash" aria-hidden="true">
          #
        </span>
        {room.value}
      </h1>
      <TransportBadge />
      <button
        type="button"
        class="icon-button to-people"
        aria-label={`People, ${count} here`}
        aria-expanded={drawer.value === "people"}
        onClick={() => (drawer.value = "people")}
      >
        <Icon name="people" />
        <span class="to-people-count">{count}</span>
      </button>
    </header>
  );
}
