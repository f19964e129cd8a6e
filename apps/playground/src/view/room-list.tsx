import "../style/room-list.css";
import type { VNode } from "preact";
import { hashOfRoom } from "../model/room-name.ts";
import { countText } from "../model/unread.ts";
import { room } from "../state/current-room.ts";
import { drawer } from "../state/drawer.ts";
import { unreadOf } from "../state/reading.ts";
import { roomNames } from "../state/rooms.ts";

/** The rooms as links, so that they can be opened in another tab. */
export function RoomList(): VNode {
  return (
    <ul class="room-list" data-testid="room-list">
      {roomNames.value.map((name) => (
        <RoomItem key={name} name={name} />
      ))}
    </ul>
  );
}

function RoomItem({ name }: { readonly name: string }): VNode {
  const unread = unreadOf(name);
  const current = name === room.value;
  return (
    <li>
      <a
        class="room-item"
        href={hashOfRoom(name)}
        data-testid="room-item"
        data-room={name}
        data-unread={unread}
        aria-current={current ? "page" : undefined}
        onClick={() => (drawer.value = undefined)}
      >
        <span class="hash" aria-hidden="true">
          #
        </span>
        <span class="room-item-name">{name}</span>
        {unread > 0 && (
          <span class="count">
            {countText(unread)}
            <span class="unseen"> new</span>
          </span>
        )}
      </a>
    </li>
  );
}
