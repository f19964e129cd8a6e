import {
  type Connected,
  createTestServer,
  type TestClient,
  type TestConnectOptions,
  type TestServer,
  type TestServerOptions,
} from "./test-server.ts";

export interface TestPairOptions<Client extends TestClient> extends TestServerOptions<Client>, TestConnectOptions {}

/** A server, a client that is connected to it, and the server's socket for it. */
export interface TestPair<Client extends TestClient> extends TestServer<Client>, Connected<Client> {}

/** A server and a connected client in memory. Rejects, with nothing left behind, when the client is refused. */
export async function createTestPair<Client extends TestClient>(
  options: TestPairOptions<Client>,
): Promise<TestPair<Client>> {
  const server = await createTestServer(options);
  try {
    return { ...server, ...(await server.connect(options)) };
  } catch (error) {
    await server.close();
    throw error;
  }
}
