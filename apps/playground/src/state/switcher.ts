import { signal } from "@preact/signals";

/** True while the room switcher is open. */
export const switching = signal(false);
