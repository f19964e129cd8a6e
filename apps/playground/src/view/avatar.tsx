import "../style/avatar.css";
import type { VNode } from "preact";
import { hueOf, initialsOf } from "../model/person.ts";

interface AvatarProps {
  /** Gives the colour. */
  readonly id: string;
  readonly name: string;
}

/** Initials on a colour of the person's own; the name always stands beside it. */
export function Avatar({ id, name }: AvatarProps): VNode {
  return (
    <span class="avatar" style={{ "--hue": String(hueOf(id)) }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
