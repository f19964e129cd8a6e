import { tabStore } from "./storage.ts";

/** What was typed and not sent, per room; it outlives a reload of the tab. */
const drafts = new Map<string, string>();

/** So many rooms can have a draft; the longest untouched goes first. */
const MAX_DRAFTS = 30;

export function draftOf(room: string): string {
  return drafts.get(room) ?? "";
}

export function keepDraft(room: string, text: string): void {
  drafts.delete(room);
  if (text !== "") drafts.set(room, text);
  for (const oldest of drafts.keys()) {
    if (drafts.size <= MAX_DRAFTS) break;
    drafts.delete(oldest);
  }
  tabStore.write("drafts", JSON.stringify([...drafts]));
}

/** Takes up what this tab had typed before it was reloaded. */
export function restoreDrafts(): void {
  for (const [room, text] of readDrafts()) drafts.set(room, text);
}

function readDrafts(): [string, string][] {
  try {
    const value: unknown = JSON.parse(tabStore.read("drafts") ?? "[]");
    return Array.isArray(value) ? value.filter(isDraft) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is [string, string] {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "string";
}
