import type { VNode } from "preact";
import { room } from "../state/current-room.ts";
import { WireScene } from "./wire-scene.tsx";

export function EmptyRoom(): VNode {
  return (
    <div class="empty-room">
      <WireScene />
      <h2>Nobody has spoken in #{room.value} yet</h2>
      <p>The first message is yours. Open this page in a second tab to answer yourself.</p>
    </div>
  );
}
