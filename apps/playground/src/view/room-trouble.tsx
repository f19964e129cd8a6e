import type { VNode } from "preact";
import { reopenRoom } from "../state/room.ts";

/** The server did not let us into the room. */
export function RoomTrouble({ reason }: { readonly reason: string }): VNode {
  return (
    <div class="empty-room" role="alert">
      <h2>This room did not open</h2>
      <p>{reason}</p>
      <button type="button" class="quiet" onClick={reopenRoom}>
        Try again
      </button>
    </div>
  );
}
