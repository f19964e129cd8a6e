import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** Opens a dialog over the page for as long as it is rendered; afterwards the focus is where it was. */
export function useModal(dialog: RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
}
