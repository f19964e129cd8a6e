/** Text kept by the browser. A browser that keeps nothing (private window, blocked) is one that forgets, not a failure. */
export interface Store {
  read(key: string): string | null;
  write(key: string, value: string): void;
}

function storeOf(storage: () => Storage): Store {
  return {
    read(key) {
      try {
        return storage().getItem(`everwire:${key}`);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        storage().setItem(`everwire:${key}`, value);
      } catch {
        // Full or forbidden: the page goes on without being remembered.
      }
    },
  };
}

/** Lives as long as the tab, over reloads: who this tab is and what it has not yet sent. */
export const tabStore: Store = storeOf(() => sessionStorage);
/** Shared by all tabs and kept: what the person likes. */
export const browserStore: Store = storeOf(() => localStorage);
