import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

type Coding = "br" | "gzip" | "identity";

interface Form {
  readonly body: Uint8Array;
  readonly tag: string;
}

/** What may be served of the client's folder, whatever else is in it. */
const SERVED = /^everwire(?:\.[a-z-]{1,32}){0,2}\.min\.js$/;

/** The names under which pages written for Socket.IO load their client. */
const KNOWN_NAMES: ReadonlyMap<string, string> = new Map([
  ["socket.io.js", "everwire.min.js"],
  ["socket.io.min.js", "everwire.min.js"],
  ["socket.io.msgpack.min.js", "everwire.msgpack.min.js"],
]);

const NO_FILES: ReadonlySet<string> = new Set();

/** Milliseconds between two looks for files that were not there. */
const LOOK_AGAIN = 1000;

const QUESTION_MARK = 63;

/** A module is one module, under whatever name a page loads it: the files beside it import it by its own. */
const MODULE_NAME = "socket.io.esm.min.js";
const MODULE_FILE = "everwire.esm.min.js";
const MODULE_TEXT = `export * from "./${MODULE_FILE}";\nexport { default } from "./${MODULE_FILE}";\n`;

const COMPRESS: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: promisify<Uint8Array, Buffer>(brotliCompress),
  gzip: promisify<Uint8Array, Buffer>(gzip),
  identity: (bytes) => Promise.resolve(bytes),
};

/**
 * Serves the client's files for web pages beside the sessions: `/socket.io/socket.io.js` and what else pages link to.
 *
 * Each file is read once and compressed once per coding; only files of the client are served, by GET and HEAD.
 */
export class ClientFiles {
  readonly #path: string;
  readonly #directory: string;
  readonly #forms = new Map<string, Promise<Form>>();
  #files: ReadonlySet<string> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** `path` ends with a slash. `directory` is where the files are, default where `@everwire/client` has them beside this package. */
  constructor(path: string, directory: string = CLIENT_DIRECTORY) {
    this.#path = path;
    this.#directory = directory;
  }

  /** The name of the file that a request is for, if it is for one of them. */
  find({ url = "" }: IncomingMessage): string | undefined {
    // Every request of every session is asked this, and goes to the path itself.
    if (url.charCodeAt(this.#path.length) === QUESTION_MARK || !url.startsWith(this.#path)) return undefined;
    const name = url.slice(this.#path.length).split(/[?#]/, 1)[0] ?? "";
    const file = name === MODULE_NAME ? MODULE_FILE : (KNOWN_NAMES.get(name) ?? name);
    if (!SERVED.test(file) || !this.#list().has(file)) return undefined;
    return name === MODULE_NAME ? name : file;
  }

  /** Answers; `name` is what `find` found. Rejects when the file cannot be read, and nothing has been sent then. */
  async serve(name: string, { method, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const coding = codingFor(headers["accept-encoding"]);
    const { body, tag } = await this.#form(name, coding);
    const common = {
      "cache-control": "public, max-age=0",
      etag: tag,
      vary: "accept-encoding",
      // Modules are fetched with CORS, and what is public may be read by every page.
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    };
    if (knows(headers["if-none-match"], tag)) {
      response.writeHead(304, common).end();
      return;
    }
    response.writeHead(200, {
      ...common,
      "content-type": "application/javascript; charset=utf-8",
      "content-length": body.byteLength,
      ...(coding === "identity" ? {} : { "content-encoding": coding }),
    });
    response.end(method === "HEAD" ? undefined : body);
  }

  /**
   * Read again until there are some: the files may be built while the server runs. Not more often than once in a while, for
   * whoever asks for them makes the process wait for the disk.
   */
  #list(): ReadonlySet<string> {
    if (this.#files !== undefined) return this.#files;
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_AGAIN) return NO_FILES;
    this.#lookedAt = now;
    const names = new Set(filesIn(this.#directory).filter((name) => SERVED.test(name)));
    if (names.size > 0) this.#files = names;
    return names;
  }

  #form(name: string, coding: Coding): Promise<Form> {
    const key = `${coding} ${name}`;
    const known = this.#forms.get(key);
    if (known !== undefined) return known;
    const form = this.#make(name, coding);
    this.#forms.set(key, form);
    // A file that could not be read may be there the next time.
    form.catch(() => this.#forms.delete(key));
    return form;
  }

  async #make(name: string, coding: Coding): Promise<Form> {
    const text = name === MODULE_NAME ? Buffer.from(MODULE_TEXT) : await readFile(join(this.#directory, name));
    const hash = createHash("sha256").update(text).digest("base64url").slice(0, 22);
    // RFC 9110 §8.8.3: a strong tag is that of one form of a file.
    return { body: await COMPRESS[coding](text), tag: `"${hash}${coding === "identity" ? "" : `-${coding}`}"` };
  }
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The client is no dependency of the server: its files are served where it is installed beside it. */
export const CLIENT_DIRECTORY: string = fileURLToPath(new URL("../../../client/dist", import.meta.url));

/** RFC 9110 §12.5.3, without weights but for `q=0`: of what the client takes the smallest. */
function codingFor(accepted: string | string[] | undefined): Coding {
  const codings = new Set<string>();
  for (const item of String(accepted ?? "")
    .split(",")
    .slice(0, 16)) {
    const [coding = "", weight = ""] = item.trim().split(";");
    if (!/^\s*q=0(?:\.0{0,3})?\s*$/.test(weight)) codings.add(coding.trim().toLowerCase());
  }
  if (codings.has("br")) return "br";
  return codings.has("gzip") ? "gzip" : "identity";
}

/** RFC 9110 §13.1.2: compared weakly, in a list. */
function knows(condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(",", 64).some((item) => item.trim() === "*" || item.trim().replace(/^W\//, "") === tag);
}
