import { signal } from "@preact/signals";

/** The side panel that a narrow screen shows over the conversation. */
export type Drawer = "rooms" | "people" | undefined;
export const drawer = signal<Drawer>(undefined);

/** From this width on both panels have their place and no drawer is open. */
const ROOMY = matchMedia("(min-width: 1040px)");

export function startDrawer(): void {
  ROOMY.addEventListener("change", () => {
    drawer.value = undefined;
  });
}
