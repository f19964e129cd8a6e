import "../style/new-room.css";
import type { TargetedSubmitEvent, VNode } from "preact";
import { useState } from "preact/hooks";
import { readRoomName } from "../model/room-name.ts";
import { goToRoom } from "../state/current-room.ts";
import { drawer } from "../state/drawer.ts";
import { Icon } from "./icon.tsx";

/** Makes a room by going there: a room is its name. */
export function NewRoom(): VNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();

  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const result = readRoomName(text);
    setProblem(result.ok ? undefined : result.problem);
    if (!result.ok) return;
    setText("");
    drawer.value = undefined;
    goToRoom(result.name);
  }

  return (
    <form class="new-room" noValidate onSubmit={submit}>
      <div class="new-room-row">
        <input
          data-testid="new-room-input"
          aria-label="New room"
          placeholder="New room"
          value={text}
          autoComplete="off"
          enterKeyHint="go"
          aria-invalid={problem !== undefined}
          aria-describedby="new-room-problem"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setProblem(undefined);
          }}
        />
        <button type="submit" class="icon-button" aria-label="Create the room">
          <Icon name="plus" />
        </button>
      </div>
      <p id="new-room-problem" class="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}
