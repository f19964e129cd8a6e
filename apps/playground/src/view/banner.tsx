import "../style/banner.css";
import type { VNode } from "preact";
import { tryNow } from "../state/connection.ts";
import { type Notice, notice } from "../state/status.ts";

/** Says what is wrong with the connection and what can be done; empty while nothing is. */
export function Banner(): VNode {
  const { value } = notice;
  return (
    <div class="banner-place" role="status">
      {value !== undefined && (
        <div class="banner" data-testid="banner" data-kind={value.kind}>
          <p>
            <strong>{TITLES[value.kind]}</strong> <NoticeText notice={value} />
          </p>
          {value.kind !== "offline" && (
            <button type="button" class="quiet" onClick={tryNow}>
              {value.kind === "reconnecting" ? "Try now" : "Connect again"}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

const TITLES: Record<Notice["kind"], string> = {
  offline: "You are offline.",
  reconnecting: "No connection.",
  refused: "The server refused the connection.",
  ended: "The server closed the connection.",
};

function NoticeText({ notice }: { readonly notice: Notice }): VNode {
  switch (notice.kind) {
    case "offline":
      return <>What you write is kept and sent when the network is back.</>;
    case "reconnecting":
      // The seconds are not read out: a screen reader would say nothing else.
      return <span aria-hidden="true">{countdown(notice.seconds)}</span>;
    case "refused":
      return <>{notice.message}</>;
    case "ended":
      return <>It will not be opened again by itself.</>;
  }
}

function countdown(seconds: number | undefined): string {
  return seconds === undefined ? "Trying again…" : `Next attempt in ${seconds} s.`;
}
