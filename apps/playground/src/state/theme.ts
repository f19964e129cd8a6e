import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { browserStore } from "./storage.ts";

export type Theme = "light" | "dark";

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const system = signal<Theme>(darkSystem.matches ? "dark" : "light");
const stored = browserStore.read("theme");
const chosen = signal<Theme | undefined>(stored === "light" || stored === "dark" ? stored : undefined);

/** What is shown: the person's choice, else the system's. */
export const theme: ReadonlySignal<Theme> = computed(() => chosen.value ?? system.value);

/** Switches to the other theme. Back on the system's own, the page follows the system again. */
export function toggleTheme(): void {
  const other = theme.value === "dark" ? "light" : "dark";
  chosen.value = other === system.value ? undefined : other;
  browserStore.write("theme", chosen.value ?? "");
}

/** Keeps the document in the theme. */
export function startTheme(): void {
  darkSystem.addEventListener("change", () => {
    system.value = darkSystem.matches ? "dark" : "light";
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
