import type { ByteBudget } from "../frame/byte-budget.ts";

/** What may wait for any connection without being asked for. */
export const FREE_BYTES: number = 1024 * 1024;

/** Who may have more than that waiting. */
export interface Sender {
  readonly bufferedAmount: number;
}

/** How much more: all of one sender's bytes, and what all senders have beyond those that are free. */
export interface ExcessLimits {
  readonly maxBufferedBytes: number;
  readonly outgoingBudget: ByteBudget;
}

/** What a sender has taken out of a budget. */
interface Excess {
  readonly budget: ByteBudget;
  bytes: number;
}

/** A table beside the connections, as hardly any of them is ever in it. */
const reserved = new Map<Sender, Excess>();

/**
 * Has the budget hold what the sender has waiting beyond {@link FREE_BYTES}, no more and no less. `false` when that is
 * more than the limits allow: then the sender holds what it held before.
 */
export function reserveExcess(sender: Sender, limits: ExcessLimits): boolean {
  if (sender.bufferedAmount > limits.maxBufferedBytes) return false;
  const budget = limits.outgoingBudget;
  let excess = reserved.get(sender);
  if (excess === undefined) {
    excess = { budget, bytes: 0 };
    reserved.set(sender, excess);
  }
  if (fit(sender, excess)) return true;
  // Others may hold more than they need by now: nobody looks before it matters, or they have nothing waiting any more.
  for (const [other, held] of reserved) if (held.budget === budget && other !== sender) fit(other, held);
  return fit(sender, excess);
}

/** Gives everything back: nothing waits any more, or nobody will send it. */
export function releaseExcess(sender: Sender): void {
  const excess = reserved.get(sender);
  if (excess === undefined) return;
  reserved.delete(sender);
  excess.budget.release(excess.bytes);
}

function fit(sender: Sender, excess: Excess): boolean {
  const more = Math.max(sender.bufferedAmount - FREE_BYTES, 0) - excess.bytes;
  if (more < 0) excess.budget.release(-more);
  else if (!excess.budget.reserve(more)) return false;
  excess.bytes += more;
  return true;
}
