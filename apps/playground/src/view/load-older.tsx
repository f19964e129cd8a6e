import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { loadOlder } from "../state/room.ts";
import type { Timeline } from "../state/timeline.ts";

interface LoadOlderProps {
  readonly timeline: Timeline;
  readonly scroller: HTMLElement | null;
}

/** Older messages are fetched before the reader reaches the top, so that scrolling up does not stop. */
const FETCH_AHEAD = "600px 0px 0px 0px";

/** Stands at the top while the log has more: brings it by itself when it comes near, and as a button. */
export function LoadOlder({ timeline, scroller }: LoadOlderProps): VNode {
  const button = useRef<HTMLButtonElement>(null);
  const first = timeline.messages[0]?.offset;
  useEffect(() => {
    if (button.current === null) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void loadOlder();
      },
      { root: scroller, rootMargin: FETCH_AHEAD },
    );
    watcher.observe(button.current);
    // Observed anew after each step: what is still in view would not be reported again.
    return () => watcher.disconnect();
  }, [first, scroller]);
  return (
    <div class="row-note">
      <button
        ref={button}
        type="button"
        class="quiet"
        data-testid="load-older"
        aria-busy={timeline.fetching}
        onClick={() => void loadOlder()}
      >
        {timeline.fetching ? "Fetching…" : "Load older messages"}
      </button>
    </div>
  );
}
