import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { refusalSentence } from "../model/refusal.ts";
import { transportTitle } from "../model/transport.ts";
import { announce } from "./announcer.ts";
import { connection, interrupted, transport } from "./connection.ts";
import { isCutOff } from "./round-trip.ts";

/** The connection in one word, for the badge. */
export type Status = "online" | "connecting" | "reconnecting" | "offline";

/** A break that is over so soon, ms, is not worth a banner: changing the transport takes less. */
const SHOW_AFTER = 700;

const clock = signal(performance.now());
const interruptedAt = signal(0);

export const status: ReadonlySignal<Status> = computed(() => {
  const { kind } = connection.value;
  if (isCutOff.value || kind === "refused" || kind === "ended") return "offline";
  if (kind === "online") return interrupted.value ? "reconnecting" : "online";
  return kind === "reconnecting" ? "reconnecting" : "connecting";
});

/** What the banner says; undefined while all is well. */
export type Notice =
  | { readonly kind: "offline" }
  /** `seconds` until the next attempt; undefined while one is under way. */
  | { readonly kind: "reconnecting"; readonly seconds: number | undefined }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "ended" };

export const notice: ReadonlySignal<Notice | undefined> = computed(() => {
  const { value } = connection;
  if (value.kind === "idle") return undefined;
  if (isCutOff.value) return { kind: "offline" };
  if (value.kind === "online") {
    const shown = interrupted.value && clock.value - interruptedAt.value >= SHOW_AFTER;
    return shown ? { kind: "reconnecting", seconds: undefined } : undefined;
  }
  if (value.kind === "refused") return { kind: "refused", message: refusalSentence(value.code, value.message) };
  if (value.kind === "ended") return { kind: "ended" };
  if (value.kind === "connecting" || clock.value - value.since < SHOW_AFTER) return undefined;
  const left = value.nextAt === undefined ? undefined : Math.ceil((value.nextAt - clock.value) / 1000);
  return { kind: "reconnecting", seconds: left === undefined ? undefined : Math.max(1, left) };
});

/** Runs the countdown and tells screen readers about the connection, from now on. */
export function startStatus(): void {
  effect(() => {
    if (connection.value.kind !== "reconnecting" && !interrupted.value) return;
    clock.value = performance.now();
    if (interrupted.value) interruptedAt.value = clock.peek();
    const timer = setInterval(() => {
      clock.value = performance.now();
    }, 250);
    return () => clearInterval(timer);
  });
  let said = "";
  effect(() => {
    if (connection.value.kind !== "online" || transport.value === undefined) return;
    const text = `Connected over ${transportTitle(transport.value)}.`;
    if (text !== said) announce(text);
    said = text;
  });
}
