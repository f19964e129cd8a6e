/** Smaller ones are cheap to allocate; larger ones are rare, and much to hold for nobody. */
const SMALLEST = 64 * 1024;
const LARGEST = 512 * 1024;

/** Of each size: about as many messages grow at the same time. Four sizes come to less than 4 MiB. */
const MOST = 4;

const kept = new Map<number, Buffer[]>();

/** How large a buffer that is to hold `length` bytes and more should be: at most twice as much, and one of few sizes. */
export function roomFor(length: number): number {
  const most = length * 2;
  return most < SMALLEST ? most : 2 ** (31 - Math.clz32(most));
}

/** A buffer of just this size, with whatever is in it: perhaps one that a message has outgrown. */
export function takeBuffer(size: number): Buffer {
  return kept.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/**
 * Takes a buffer that nobody else knows. A message of 1 MiB outgrows four, each of new pages of memory and each a reason
 * to collect garbage: used again they leave the one buffer that the application gets. What that gains is
 * small: a tenth in the median of five pairs on a busy machine, within their spread.
 */
export function keepBuffer(buffer: Buffer): void {
  const size = buffer.length;
  if (size < SMALLEST || size > LARGEST || roomFor(size / 2) !== size) return;
  const list = kept.get(size);
  if (list === undefined) kept.set(size, [buffer]);
  else if (list.length < MOST) list.push(buffer);
}
