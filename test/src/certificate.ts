/** A certificate for localhost, made anew in each process, by the code that the tests of `@everwire/websocket` use. */
interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

const file = new URL("../../packages/websocket/dist/test-certificate.test.js", import.meta.url);

/** The certificate is its own authority: clients are given it as `ca`. */
export const identity: Identity = await import(file.href);
