import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { name } from "../state/identity.ts";
import { forgetRefusal } from "../state/naming.ts";
import { Icon } from "./icon.tsx";
import { useModal } from "./modal.ts";
import { NameForm } from "./name-form.tsx";

/** Asks for another name; closes by itself once the server has accepted one. */
export function RenameDialog({ onClose }: { readonly onClose: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [before] = useState(name.peek());
  const done = name.value !== before;
  useModal(dialog);
  useEffect(forgetRefusal, []);
  useEffect(() => {
    if (done) onClose();
  }, [done]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="rename-title" onClose={onClose}>
      <div class="panel-head">
        <h2 id="rename-title">Change your name</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <NameForm label="New name" action="Change" />
    </dialog>
  );
}
