/** A table of text: the first column and the last are set to the left, figures to the right. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal. */
export function plainTable({ head, rows }: Table): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    widths
      .map((width, column) => aligned(cells[column] ?? "", width, isLeft(column, head)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...rows].map(lineOf).join("\n");
}

/** For a Markdown page. */
export function markdownTable({ head, rows }: Table): string {
  const rule = head.map((_, column) => (isLeft(column, head) ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Three digits and a thousand's letter: no more is known. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (magnitude >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return magnitude >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function isLeft(column: number, head: readonly string[]): boolean {
  return column === 0 || column === head.length - 1;
}

function aligned(text: string, width: number, left: boolean): string {
  return left ? text.padEnd(width) : text.padStart(width);
}
