import "../style/room-switcher.css";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { readRoomName } from "../model/room-name.ts";
import { goToRoom } from "../state/current-room.ts";
import { roomNames } from "../state/rooms.ts";
import { switching } from "../state/switcher.ts";
import { useModal } from "./modal.ts";

/** The rooms that are offered for what was typed; a room that does not exist is offered last. */
function offers(typed: string): readonly string[] {
  const wanted = readRoomName(typed);
  if (!wanted.ok) return typed.trim() === "" ? roomNames.value : [];
  const matching = roomNames.value.filter((name) => name.includes(wanted.name));
  return matching.includes(wanted.name) ? matching : [...matching, wanted.name];
}

/** Ctrl or Cmd + K: type a part of a room's name and press Enter. */
export function RoomSwitcher(): VNode | null {
  return switching.value ? <SwitcherDialog /> : null;
}

function SwitcherDialog(): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const rooms = offers(typed);
  const chosen = Math.min(at, Math.max(0, rooms.length - 1));
  useModal(dialog);
  useEffect(() => {
    dialog.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  function go(name: string | undefined): void {
    switching.value = false;
    if (name !== undefined) goToRoom(name);
  }

  function press(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, rooms.length));
    else if (event.key === "ArrowUp") setAt((chosen + rooms.length - 1) % Math.max(1, rooms.length));
    else if (event.key === "Enter") go(rooms[chosen]);
    else return;
    event.preventDefault();
  }

  return (
    <dialog ref={dialog} class="dialog switcher" aria-label="Go to a room" onClose={() => (switching.value = false)}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="switcher-rooms"
        aria-activedescendant={rooms.length > 0 ? `switcher-${chosen}` : undefined}
        aria-label="Room"
        placeholder="Go to a room, or name a new one"
        autoComplete="off"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div id="switcher-rooms" class="switcher-rooms" role="listbox" aria-label="Rooms">
        {rooms.map((name, index) => (
          <SwitcherOption key={name} name={name} index={index} chosen={index === chosen} onChoose={go} />
        ))}
      </div>
    </dialog>
  );
}

interface SwitcherOptionProps {
  readonly name: string;
  readonly index: number;
  readonly chosen: boolean;
  readonly onChoose: (name: string) => void;
}

function SwitcherOption({ name, index, chosen, onChoose }: SwitcherOptionProps): VNode {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard moves through the list from the input
    <div
      id={`switcher-${index}`}
      class="switcher-room"
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      onClick={() => onChoose(name)}
    >
      <span class="hash" aria-hidden="true">
        #
      </span>
      {name}
      {!roomNames.value.includes(name) && <span class="switcher-new">new room</span>}
    </div>
  );
}
