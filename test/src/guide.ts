/**
 * Runs a Markdown guide as its reader would. Fenced blocks carry what to do in their info string:
 * ` ```js file=NAME ` is written to that file, ` ```sh run ` is run, ` ```sh run background ` is left running to the end;
 * other blocks are for the eye. All of it is one shell session, so `cd` and order count.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

interface Block {
  readonly info: readonly string[];
  readonly body: string;
}

function* blocks(markdown: string): Generator<Block> {
  let open: { info: string[]; lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("```")) open?.lines.push(line);
    else if (open) {
      yield { info: open.info, body: open.lines.join("\n") };
      open = undefined;
    } else open = { info: line.slice(3).trim().split(/\s+/), lines: [] };
  }
}

function shell(block: Block): string {
  const file = block.info.find((word) => word.startsWith("file="))?.slice("file=".length);
  if (file) return `cat > '${file}' <<'END-OF-BLOCK'\n${block.body}\nEND-OF-BLOCK\n`;
  if (!block.info.includes("run")) return "";
  return block.info.includes("background") ? `${block.body} &\n` : `${block.body}\n`;
}

/** @returns what the guide's commands printed. Fails when one of them fails. */
export async function runGuide(markdown: string, checkout: string): Promise<string> {
  const script = [...blocks(markdown)].map(shell).join("");
  const home = await mkdtemp(join(tmpdir(), "everwire-guide-"));
  try {
    await symlink(checkout, join(home, "everwire"));
    const session = `set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${script}`;
    const env = { ...process.env, PORT: "" };
    const done = await promisify(execFile)("bash", ["-c", session], { cwd: home, env, timeout: 100_000 });
    return done.stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
