import type { TransportName } from "../transport/engine-transport.ts";

/** Best first. Frames and scripts are used only when they are named. */
export const PREFERENCE: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];

/** Those of the names that the platform has. */
export function usableTransports(names: readonly string[], there: readonly TransportName[]): readonly TransportName[] {
  const usable = there.filter((name) => names.includes(name));
  if (usable.length === 0) throw new TypeError("transports must name at least one transport that can be used here");
  return usable.sort((one, other) => names.indexOf(one) - names.indexOf(other));
}

/**
 * The order in which a session may be opened. With names of the application: as given. Else what worked last time, then
 * the two that every server knows: whether this one knows the others is in its handshake.
 */
export function openingOrder(
  names: readonly TransportName[],
  fixed: boolean,
  remembered: TransportName | undefined,
): readonly TransportName[] {
  if (fixed) return names;
  const known = names.filter((name) => name === "websocket" || name === "polling");
  return remembered === undefined || !names.includes(remembered)
    ? known
    : [remembered, ...known.filter((name) => name !== remembered)];
}
