import { goToRoom, room } from "../state/current-room.ts";
import { drawer } from "../state/drawer.ts";
import { roomNames } from "../state/rooms.ts";
import { switching } from "../state/switcher.ts";

/** Keys that work wherever the focus is. Ends with the returned function. */
export function listenToShortcuts(): () => void {
  addEventListener("keydown", act);
  return () => removeEventListener("keydown", act);
}

function act(event: KeyboardEvent): void {
  const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const alone = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (command && event.key.toLowerCase() === "k") switching.value = !switching.value;
  else if (alone && event.key === "ArrowDown") step(1);
  else if (alone && event.key === "ArrowUp") step(-1);
  else if (event.key === "Escape" && drawer.value !== undefined) drawer.value = undefined;
  else return;
  event.preventDefault();
}

/** The next or previous room of the list, round the ends. */
function step(by: number): void {
  const names = roomNames.value;
  const at = names.indexOf(room.value);
  const next = names.at((at + by) % names.length);
  if (next !== undefined) goToRoom(next);
}
