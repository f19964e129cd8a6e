import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { echo } from "./echo.ts";
import { EXIT_DEFECT, EXIT_FAILED, EXIT_OK, EXIT_USAGE, StartError } from "./failures.ts";
import type { ListenAddress } from "./listen.ts";
import { packageVersion } from "./package-version.ts";
import { parsePort } from "./port.ts";
import { type ServeOptions, serve } from "./serve.ts";
import type { Terminal } from "./terminal.ts";

/** Loopback: nobody else reaches a server that was started to try it out. */
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 3000;
const DEFAULT_ECHO_PORT = 3001;
const DEFAULT_DATA = "./everwire-data";

const EXAMPLES = `
Examples:
  $ everwire serve                              chat and transport lab on http://127.0.0.1:3000/
  $ everwire serve --port 8080 --host 0.0.0.0   reachable from other machines
  $ everwire serve --data /var/lib/everwire     keep messages there
  $ everwire echo --port 9001                   WebSocket echo server

Exit codes: 0 done or stopped by a signal, 1 cannot start, 2 not understood, 70 defect.
`;

/**
 * Runs one command to its end and gives the exit code. Whatever goes wrong in a foreseen way is one line on the error
 * output, beginning with `error: `.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = EXIT_OK;
  const program = createProgram(terminal, async (command) => {
    exitCode = await command;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its message already. Help and version end with 0; everything else was not understood.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    if (error instanceof StartError) {
      terminal.err(`error: ${error.message}\n`);
      return EXIT_FAILED;
    }
    terminal.err(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT_DEFECT;
  }
}

function createProgram(terminal: Terminal, run: (command: Promise<number>) => Promise<void>): Command {
  const program = new Command("everwire")
    .description("Realtime server: events both ways over any transport the network allows.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", EXAMPLES)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();
  program
    .command("serve")
    .description("serve the chat and the transport lab")
    .addOption(portOption(DEFAULT_PORT).env("PORT"))
    .addOption(hostOption())
    .addOption(
      new Option("-d, --data <directory>", "where messages are kept; created when missing")
        .default(DEFAULT_DATA)
        .argParser(parseNonEmpty),
    )
    .addOption(
      new Option(
        "-o, --origin <origin...>",
        "origins of the pages that may connect, e.g. https://chat.example behind a proxy that ends TLS (default: this server's own)",
      ).argParser(collectOrigins),
    )
    .action((options: ServeOptions) => run(serve(options, terminal)));
  program
    .command("echo")
    .description("send every WebSocket message back as it came")
    .addOption(portOption(DEFAULT_ECHO_PORT))
    .addOption(hostOption())
    .action((options: ListenAddress) => run(echo(options, terminal)));
  return program;
}

function portOption(port: number): Option {
  return new Option("-p, --port <number>", "port to listen on; 0 takes any free one")
    .default(port)
    .argParser((text) => {
      const parsed = parsePort(text);
      if (parsed === undefined) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
      return parsed;
    });
}

function hostOption(): Option {
  return new Option("-H, --host <address>", "address to listen on; 0.0.0.0 for every interface")
    .default(DEFAULT_HOST)
    .argParser(parseNonEmpty);
}

function collectOrigins(text: string, previous: readonly string[] = []): readonly string[] {
  if (!URL.canParse(text) || new URL(text).origin !== text) {
    throw new InvalidArgumentError("An origin is a scheme, a host and perhaps a port, like https://chat.example.");
  }
  return [...previous, text];
}

/** An empty value is a shell variable that was not set: as a host it would mean every interface. */
function parseNonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}
