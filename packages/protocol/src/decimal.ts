/** Number.MAX_SAFE_INTEGER has 16 digits; a longer run is never a safe integer, so no more is read of it. */
const MAX_DIGITS = 16;

/** Index after the run of ASCII digits at `start`. The run is cut at 17 digits, which `decimalValue` refuses. */
export function decimalEnd(text: string, start: number): number {
  const stop = Math.min(text.length, start + MAX_DIGITS + 1);
  let end = start;
  while (end < stop && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The value of a run of digits, or -1 when it is empty, has a leading zero or is no safe integer. */
export function decimalValue(text: string, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > MAX_DIGITS) return -1;
  if (length > 1 && text.charCodeAt(start) === 48) return -1;
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (text.charCodeAt(i) - 48);
  return Number.isSafeInteger(value) ? value : -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
