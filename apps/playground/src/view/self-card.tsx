import "../style/self-card.css";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { name } from "../state/identity.ts";
import { ownId } from "../state/people.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { RenameDialog } from "./rename-dialog.tsx";

/** Who we are, and the way to be called something else. */
export function SelfCard(): VNode {
  const [renaming, setRenaming] = useState(false);
  const known = name.value ?? "";
  return (
    <div class="self-card">
      <Avatar id={ownId.value ?? known} name={known} />
      <span class="self-name" dir="auto">
        {known}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Change your name"
        title="Change your name"
        onClick={() => setRenaming(true)}
      >
        <Icon name="pencil" />
      </button>
      {renaming && <RenameDialog onClose={() => setRenaming(false)} />}
    </div>
  );
}
