/** So close to the end, in pixels, counts as at the end. */
const NEAR_END = 48;

/**
 * Keeps the reader's place in a list that changes above and below: at the end it follows what is new, elsewhere the
 * message at the top of the view stays where it is. Browsers that anchor by themselves are told not to (style sheet),
 * because one of them does not.
 */
export class ScrollKeeper {
  readonly #scroller: HTMLElement;
  readonly #report: (atEnd: boolean) => void;
  readonly #sizes: ResizeObserver;
  #following = true;
  #anchor: { readonly element: HTMLElement; readonly top: number } | undefined;

  /** `report` hears whether the end is in view, whenever that may have changed. */
  constructor(scroller: HTMLElement, report: (atEnd: boolean) => void) {
    this.#scroller = scroller;
    this.#report = report;
    this.#sizes = new ResizeObserver(() => this.restore());
    this.#sizes.observe(scroller);
    for (const child of scroller.children) this.#sizes.observe(child);
    scroller.addEventListener("scroll", this.#remember, { passive: true });
  }

  /** Goes to the end and follows it. */
  toEnd(): void {
    this.#following = true;
    this.restore();
  }

  /** Goes to the end, or not so far that an element above is out of view. */
  begin(element: HTMLElement | undefined): void {
    this.toEnd();
    if (element === undefined || topWithin(this.#scroller, element) > 0) return;
    this.#scroller.scrollTop += topWithin(this.#scroller, element) - this.#scroller.clientHeight / 4;
    this.#remember();
  }

  /** Puts the view back to its place after the list has changed. */
  restore(): void {
    const scroller = this.#scroller;
    const anchor = this.#anchor;
    if (this.#following) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.element.isConnected) scroller.scrollTop += topWithin(scroller, anchor.element) - anchor.top;
    this.#remember();
  }

  close(): void {
    this.#sizes.disconnect();
    this.#scroller.removeEventListener("scroll", this.#remember);
  }

  readonly #remember = (): void => {
    const scroller = this.#scroller;
    this.#following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= NEAR_END;
    const element = firstInView(scroller);
    this.#anchor = element === undefined ? undefined : { element, top: topWithin(scroller, element) };
    this.#report(this.#following);
  };
}

function topWithin(scroller: HTMLElement, element: HTMLElement): number {
  return element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}

/** The first message whose end is in view; halving, because a long list is looked at on every scroll event. */
function firstInView(scroller: HTMLElement): HTMLElement | undefined {
  const messages = scroller.querySelectorAll<HTMLElement>("[data-id]");
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = messages[middle];
    if (element !== undefined && element.offsetTop + element.offsetHeight <= scroller.scrollTop) low = middle + 1;
    else high = middle;
  }
  return messages[low];
}
