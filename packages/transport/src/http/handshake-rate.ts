import { isIPv6 } from "node:net";

const WINDOW_MS = 1000;
/** Groups of an IPv6 address that say which network it is in; within it everybody has as many addresses as he likes. */
const NETWORK_GROUPS = 4;

/** How many sessions each address has opened within the present second. What came before is not kept. */
export class HandshakeRate {
  readonly #most: number;
  #counts = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;

  /** `most` sessions a second, 0 for no limit. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a handshake that is about to be admitted; false when the address has had its share. */
  admits(address: string, now: number): boolean {
    if (this.#most === 0) return true;
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#counts = new Map();
    }
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(address, count + 1);
    return true;
  }
}

/** What limits count an address as: IPv6 by its /64, and IPv4 as it is, also where a socket for both writes it as IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.includes(".")) return address.slice(address.lastIndexOf(":") + 1);
  const [front = "", back] = address.split("::");
  const groups = front === "" ? [] : front.split(":");
  if (back !== undefined) {
    const rest = back === "" ? 0 : back.split(":").length;
    for (let missing = 8 - groups.length - rest; missing > 0; missing -= 1) groups.push("0");
    if (back !== "") groups.push(...back.split(":"));
  }
  return `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}
