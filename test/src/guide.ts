/**
 * Runs a Markdown guide as its reader would. Fenced blocks carry what to do in their info string:
 * ` ```js file=NAME ` is written to that file, ` ```sh run ` is run, ` ```sh run background ` is left running to the end;
 * other blocks are for the eye. All of it is one shell session, so `cd` and order count.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** One session in a process group of its own, so that what was left running in it ends with it. */
async function runSession(script: string, cwd: string, timeoutMs: number): Promise<string> {
  const env = { ...process.env, PORT: "" };
  const bash = spawn("bash", ["-c", `set -eu\n${script}`], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: Buffer[] = [];
  bash.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
  bash.stderr.on("data", (chunk: Buffer) => printed.push(chunk));
  const endGroup = (): void => {
    if (bash.pid !== undefined) process.kill(-bash.pid, "SIGKILL");
  };
  const late = setTimeout(endGroup, timeoutMs);
  const [code, signal] = await once(bash, "exit");
  clearTimeout(late);
  // Nothing may be left in the group, and then there is nobody to end.
  if (signal === null)
    try {
      endGroup();
    } catch {}
  const output = Buffer.concat(printed).toString();
  if (code !== 0) throw new Error(`the guide failed (${signal ?? code}):\n${output}`);
  return output;
}

/** @returns what the guide's commands printed. Fails when one of them fails. */
export async function runGuide(markdown: string, checkout: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "everwire-guide-"));
  try {
    await symlink(checkout, join(home, "everwire"));
    return await runSession([...blocks(markdown)].map(shell).join(""), home, 100_000);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
