import type { VNode } from "preact";

/** Paths on a 20 × 20 grid, drawn as lines of one width. */
const PATHS = {
  arrowDown: "M10 4v12M5 11l5 5 5-5",
  check: "M4.500 10.500l3.500 3.500 7.500-8",
  chevron: "M6 8l4 4 4-4",
  close: "M5 5l10 10M15 5L5 15",
  moon: "M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300z",
  menu: "M3.500 6h13M3.500 10h13M3.500 14h8",
  pencil: "M4 16l.8-3.200L13.300 4.300a1.700 1.700 0 0 1 2.400 2.400L7.200 15.200z",
  people:
    "M7.500 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.500c.4-3 2.600-4.500 5.500-4.500s5.100 1.500 5.500 4.500M13 3.900a3 3 0 0 1 0 5.200M15 12.400c1.800.5 2.800 1.900 3 4.100",
  plus: "M10 4.500v11M4.500 10h11",
  send: "M10 16V4.500M4.800 9.500L10 4.300l5.200 5.200",
  sun: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 1.800v1.700M10 16.500v1.700M1.800 10h1.700M16.500 10h1.700M4.200 4.200l1.200 1.200M14.600 14.600l1.200 1.200M4.200 15.800l1.200-1.200M14.600 5.400l1.200-1.200",
  // A line that carries both ways without a break.
  websocket: "M2 10h16M5.500 6.500L2 10l3.500 3.500M14.500 6.500L18 10l-3.500 3.500",
  // The same line carried in steps.
  polling: "M2 10h2.500M8 10h4M15.500 10H18M5.500 6.500L2 10l3.500 3.500M14.500 6.500L18 10l-3.500 3.500",
  // Down without a break, up in steps.
  streaming: "M18 7H2.500M6 3.500L2.500 7 6 10.500M2 14.500h3.500M8.300 14.500h3.400M14.500 14.500H18",
  // Events on a line that runs one way.
  sse: "M18 10H2.500M6 6.500L2.500 10 6 13.500M10.500 6.800v6.400M14.500 6.800v6.400",
  // Shorter steps, more of them.
  "short-polling": "M2 10h1.500M6.300 10h1.400M9.300 10h1.400M12.300 10h1.400M16.500 10H18M5 7L2 10l3 3M15 7l3 3-3 3",
  iframe: "M3 4h14v12H3zM3 7.500h14M14 11.800H6.500M8.700 9.600l-2.200 2.200L8.700 14",
  jsonp: "M6.500 4c-2.700 3-2.700 9 0 12M13.500 4c2.700 3 2.700 9 0 12M12.500 10h-5M9.300 8.200L7.500 10l1.800 1.800",
  offline: "M2 10h4M14 10h4M8.500 7.500l3 5M11.500 7.500l-3 5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the control that holds it has the words. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
