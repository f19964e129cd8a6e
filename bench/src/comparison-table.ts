import type { Comparison, Peer, Row } from "./bench.ts";
import type { Line } from "./summary.ts";
import { shortNumber, type Table } from "./table.ts";

/** The comparison as far as its rows were run; medians. */
export function comparisonTable(
  { entries, columns }: Comparison,
  lines: readonly Line[],
  peers: readonly Peer[],
): Table {
  const head = ["", "server", ...columns.map((column) => column.head), "warnings"];
  const lineOf = (name: string, peer: Peer, rows: readonly Row[]): string[][] => {
    const own = lines.filter((line) => rows.includes(line.row));
    const cells = columns.map(({ figure }) => {
      const shown = resultOf(
        own.find((line) => line.figure === figure),
        peer,
      )?.shown;
      return shown === undefined ? "-" : shortNumber(shown.median);
    });
    if (cells.every((cell) => cell === "-")) return [];
    const warnings = new Set(own.flatMap((line) => line.warnings.filter((warning) => concerns(warning, peer))));
    return [[name, peer.name, ...cells, [...warnings].join(", ")]];
  };
  const rows = entries.flatMap(({ name, rows }) => peers.flatMap((peer) => lineOf(name, peer, rows)));
  return { head, rows };
}

function resultOf(line: Line | undefined, peer: Peer) {
  return line?.results.find((result) => result.peer === peer);
}

/** A warning that names a peer is about that one. */
function concerns(warning: string, peer: Peer): boolean {
  const [, name] = warning.split(": ");
  return name === undefined || name === peer.name;
}
