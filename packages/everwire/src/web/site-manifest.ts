import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "../failures.ts";
import { type SiteFile, siteFile } from "./site-file.ts";

/** Every path that the site answers, exactly as it stands in a request, and what it answers. */
export type SiteManifest = ReadonlyMap<string, SiteFile>;

/** A build beyond these is not our site: somebody pointed us at the wrong directory. */
const MAX_FILES = 1000;
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Names that need no escaping in a URL and do not begin with a dot. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
/** Sources are public, but maps are not part of what is served. */
const LEFT_OUT = /\.map$|^package\.json$/;

/**
 * Reads a built site whole. Afterwards the file system is out of the game: a request selects an entry of the map or
 * nothing, so no peer text ever becomes a file name. Symbolic links are not followed. A directory that does not exist
 * gives an empty manifest.
 */
export async function readSite(directory: string): Promise<SiteManifest> {
  const paths = await listFiles(directory, "/");
  if (paths.length > MAX_FILES) throw new StartError("site_unusable", `more than ${MAX_FILES} files in ${directory}`);
  const files = new Map<string, SiteFile>();
  for (const path of paths) files.set(path, siteFile(path, await readBounded(join(directory, path))));
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}

async function listFiles(directory: string, prefix: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await entries(directory)) {
    if (!NAME.test(entry.name) || LEFT_OUT.test(entry.name)) continue;
    if (entry.isFile()) paths.push(prefix + entry.name);
    if (entry.isDirectory()) paths.push(...(await listFiles(join(directory, entry.name), `${prefix}${entry.name}/`)));
  }
  return paths.sort();
}

async function entries(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new StartError("site_unusable", directory, { cause: error });
  }
}

async function readBounded(file: string): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw new StartError("site_unusable", `${file} has ${size} bytes`);
  return readFile(file);
}
