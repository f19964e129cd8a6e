/** Text or bytes of a certificate or key. */
export type Pem = string | Uint8Array;

/** Options of connections that Node makes. Browsers have settings of their own for all of it, and pass them over. */
export interface NodeOptions {
  /** Certificates of authorities to trust in place of the well-known ones. */
  readonly ca?: Pem | readonly Pem[];
  /** The client's own certificate and key, PEM, and the passphrase of the key; or all in one as `pfx`. */
  readonly cert?: Pem | readonly Pem[];
  readonly key?: Pem | readonly Pem[];
  readonly pfx?: Pem;
  readonly passphrase?: string;
  readonly ciphers?: string;
  /** Default true. With false anybody on the way can read and change everything. */
  readonly rejectUnauthorized?: boolean;
  /** An `http.Agent` or `https.Agent` for requests and WebSockets, for a proxy perhaps; default none. */
  readonly agent?: object | boolean;
  readonly localAddress?: string;
  /** 4 or 6: the version of IP; default both. */
  readonly family?: number;
  /** Compress WebSocket messages of at least `threshold` bytes, default false. */
  readonly perMessageDeflate?: boolean | { readonly threshold?: number };
  /** Let the process end though a connection is open or about to be made, default false. */
  readonly autoUnref?: boolean;
}
