import type { VNode } from "preact";
import { connection } from "../state/connection.ts";
import { hasName } from "../state/identity.ts";
import { naming } from "../state/naming.ts";
import { Announcer } from "./announcer.tsx";
import { Chat } from "./chat.tsx";
import { NameScreen } from "./name-screen.tsx";

/** The chat, once the server knows our name; before that the question for it. */
export function App(): VNode {
  const refused = naming.value.kind === "refused" && connection.value.kind === "refused";
  return (
    <>
      {hasName.value && !refused ? <Chat /> : <NameScreen />}
      <Announcer />
    </>
  );
}
