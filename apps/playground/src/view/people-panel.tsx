import "../style/people-panel.css";
import type { VNode } from "preact";
import type { Person } from "../model/person.ts";
import { transportTitle } from "../model/transport.ts";
import { drawer } from "../state/drawer.ts";
import { ownId, people } from "../state/people.ts";
import { status } from "../state/status.ts";
import { Avatar } from "./avatar.tsx";
import { CloseDrawer } from "./close-drawer.tsx";
import { Icon } from "./icon.tsx";

/** Who is in the room, and what carries their connection. */
export function PeoplePanel(): VNode {
  return (
    <aside class="people-panel" aria-label="People" inert={drawer.value === "rooms"}>
      <div class="panel-head">
        <h2>
          Here now <span class="people-count">{people.value.length}</span>
        </h2>
        <CloseDrawer of="people" />
      </div>
      <ul class="people-list" data-testid="people-list" data-stale={status.value !== "online"}>
        {people.value.map((person) => (
          <PersonItem key={person.id} person={person} />
        ))}
      </ul>
    </aside>
  );
}

function PersonItem({ person }: { readonly person: Person }): VNode {
  const { id, name, transport } = person;
  return (
    <li class="person" data-testid="person" data-transport={transport ?? "none"}>
      <Avatar id={id} name={name} />
      <bdi class="person-name">{name}</bdi>
      {id === ownId.value && <span class="person-self">(you)</span>}
      {transport !== undefined && (
        <span class="person-transport" title={transportTitle(transport)}>
          <Icon name={transport} />
          <span class="unseen">, over {transportTitle(transport)}</span>
        </span>
      )}
    </li>
  );
}
