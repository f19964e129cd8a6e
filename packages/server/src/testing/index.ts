// Servers and clients in memory

export type { TestClock } from "./fake-clock.ts";
export { createTestPair, type TestPair, type TestPairOptions } from "./test-pair.ts";
export {
  type Connected,
  createTestServer,
  type OpenClient,
  type TestClient,
  type TestConnectOptions,
  type TestServer,
  type TestServerOptions,
} from "./test-server.ts";
