import "../style/message-list.css";
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { buildRows, type Row } from "../model/row.ts";
import { transport } from "../state/connection.ts";
import { name } from "../state/identity.ts";
import { outbox } from "../state/outbox.ts";
import { ownId } from "../state/people.ts";
import { atBottom, dividerAfter, jumps } from "../state/reading.ts";
import { type Timeline, timelineOf } from "../state/timeline.ts";
import { DayRow } from "./day-row.tsx";
import { EmptyRoom } from "./empty-room.tsx";
import { GapNote } from "./gap-note.tsx";
import { JumpLatest } from "./jump-latest.tsx";
import { LoadOlder } from "./load-older.tsx";
import { MessageItem } from "./message-item.tsx";
import { RoomTrouble } from "./room-trouble.tsx";
import { ScrollKeeper } from "./scroll-keeper.ts";

/** The conversation of a room. Made anew for each room, so that each begins at its own place. */
export function MessageList({ room }: { readonly room: string }): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const timeline = timelineOf(room).value;
  const rows = buildRows({
    messages: timeline.messages,
    outgoing: outbox.value.filter((entry) => entry.room === room),
    publisher: ownId.value,
    name: name.value ?? "",
    readUpTo: dividerAfter.value,
  });
  useScrollKeeper(scroller, timeline.phase === "ready", rows);
  return (
    <div class="messages">
      <div
        ref={scroller}
        class="message-scroller"
        role="log"
        aria-live="off"
        aria-label={`Messages in ${room}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        data-testid="message-list"
      >
        <div class="message-column" data-transport={transport.value ?? "none"}>
          <Beginning timeline={timeline} scroller={scroller.current} empty={rows.length === 0} />
          {timeline.gap !== undefined && <GapNote gap={timeline.gap} />}
          <ol class="rows" hidden={rows.length === 0}>
            {rows.map((row) => (
              <RowItem key={row.key} row={row} />
            ))}
          </ol>
        </div>
      </div>
      <JumpLatest />
    </div>
  );
}

interface BeginningProps {
  readonly timeline: Timeline;
  readonly scroller: HTMLElement | null;
  readonly empty: boolean;
}

/** What stands before the first message: where the rest is, or that there is none. */
function Beginning({ timeline, scroller, empty }: BeginningProps): VNode | null {
  if (timeline.phase === "refused") return <RoomTrouble reason={timeline.refusal ?? ""} />;
  if (timeline.phase === "loading") return empty ? <p class="loading">Fetching the conversation…</p> : null;
  if (timeline.more) return <LoadOlder timeline={timeline} scroller={scroller} />;
  return empty ? <EmptyRoom /> : <p class="row-note">This is where the room begins.</p>;
}

function RowItem({ row }: { readonly row: Row }): VNode {
  switch (row.kind) {
    case "day":
      return <DayRow time={row.time} />;
    case "unread":
      return (
        <li class="unread-divider" data-testid="unread-divider">
          <span>New messages</span>
        </li>
      );
    case "message":
      return <MessageItem row={row} />;
  }
}

/** Begins at what is new, else at the end; afterwards keeps the place whenever rows have changed. */
function useScrollKeeper(
  scroller: { readonly current: HTMLElement | null },
  ready: boolean,
  rows: readonly Row[],
): void {
  const keeper = useRef<ScrollKeeper>(undefined);
  // Until the room is there nobody has seen its end.
  const placed = useRef(false);
  useLayoutEffect(() => {
    if (scroller.current === null) return;
    const made = new ScrollKeeper(scroller.current, (atEnd) => {
      atBottom.value = placed.current && atEnd;
    });
    keeper.current = made;
    return () => {
      made.close();
      atBottom.value = false;
    };
  }, []);
  useLayoutEffect(() => {
    if (!ready || placed.current) return;
    placed.current = true;
    keeper.current?.begin(scroller.current?.querySelector<HTMLElement>(".unread-divider") ?? undefined);
  }, [ready]);
  useLayoutEffect(() => keeper.current?.restore(), [rows]);
  const jumpsBefore = useRef(jumps.value);
  useLayoutEffect(() => {
    if (jumps.value !== jumpsBefore.current) keeper.current?.toEnd();
    jumpsBefore.current = jumps.value;
  }, [jumps.value]);
}
