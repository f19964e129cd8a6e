/**
 * The media types of what a web build holds. A file of another kind is served as bytes to download, never guessed at:
 * `nosniff` keeps browsers from guessing either.
 */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["json", "application/json"],
  ["webmanifest", "application/manifest+json"],
  ["txt", "text/plain; charset=utf-8"],
  ["svg", "image/svg+xml"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["webp", "image/webp"],
  ["ico", "image/x-icon"],
  ["woff2", "font/woff2"],
]);

const COMPRESSIBLE = /^(text\/|application\/(json|manifest\+json)|image\/svg)/;

export function mediaType(path: string): string {
  return MEDIA_TYPES.get(path.slice(path.lastIndexOf(".") + 1)) ?? "application/octet-stream";
}

/** Whether compression can make a body of this type smaller; images and fonts are compressed already. */
export function isCompressible(type: string): boolean {
  return COMPRESSIBLE.test(type);
}
