// Channels for `everwire.esm.min.js`, as `everwire.channels.esm.min.js`.

import "./bundle.ts";

export * from "../channels.ts";
