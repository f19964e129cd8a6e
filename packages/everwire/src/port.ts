/**
 * Reads a port number: 0 to 65535, decimal digits only; 0 means any free port. Undefined when it is none.
 * `Number` alone would take "0x50", " 80 ", "" and "8e1".
 */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}
