// The page's own copy, `everwire.esm.min.js`: everything else is fetched from beside it when it is needed.

export { ClientError } from "../failures.ts";
export { PROTOCOL as protocol } from "../socket/io.ts";
export { Socket } from "../socket/socket.ts";
export { BrowserManager as Manager, io, io as connect, io as default } from "./browser.ts";
