import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, HandshakeError } from "@everwire/websocket";
import { EverwireProcess } from "./everwire-process.test.ts";
import { listen } from "./listen.ts";
import { fields, PollingClient } from "./polling-client.test.ts";
import { SECURITY_HEADERS } from "./web/security-headers.ts";

let directory = "";
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "everwire-bin-"));
});
after(() => rm(directory, { recursive: true, force: true }));

async function serve(data: string, port = "0"): Promise<{ command: EverwireProcess; origin: string; port: string }> {
  const command = new EverwireProcess(["serve", "--port", port, "--data", data]);
  const [, origin = "", real = ""] = await command.printed(/(http:\/\/127\.0\.0\.1:(\d+))\//);
  await command.printed(/Ctrl\+C/);
  return { command, origin, port: real };
}

test("serve announces itself, answers, and SIGTERM stops it with 0", async () => {
  const data = join(directory, "first");
  const { command, origin } = await serve(data);
  assert.ok(command.out.includes(data), "the data directory is said");
  const page = await fetch(origin);
  assert.equal(page.status, 200);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(page.headers.get(name), value);
  assert.equal(await (await fetch(`${origin}/healthz`)).text(), "ok\n");
  assert.equal((await fetch(`${origin}/missing`)).status, 404);
  const [client] = await PollingClient.connect(origin, "/chat", { client: "0".repeat(32), name: "Ada" });
  const { code, out, err } = await command.stop();
  client.vanish();
  assert.deepEqual([code, err], [0, ""], out);
  assert.match(out, /SIGTERM: stopping.*Stopped\.\n$/s);
});

test("SIGINT stops it with 0 too", async () => {
  const { command } = await serve(join(directory, "first"));
  assert.equal((await command.stop("SIGINT")).code, 0);
});

test("PORT is honoured and the flag wins", async () => {
  const data = join(directory, "port");
  const byVariable = new EverwireProcess(["serve", "--data", data], { PORT: "0" });
  await byVariable.printed(/http:\/\/127\.0\.0\.1:(?!3000\/)\d+\//);
  await byVariable.stop();
  const byFlag = new EverwireProcess(["serve", "--data", data, "--port", "0"], { PORT: "1" });
  await byFlag.printed(/http:\/\/127\.0\.0\.1:(?!1\/)\d+\//);
  await byFlag.stop();
});

test("a port in use is one line with a hint and exit code 1", async () => {
  const other = createServer();
  const { port } = await listen(other, { host: "127.0.0.1", port: 0 });
  try {
    for (const args of [["serve", "--data", join(directory, "taken")], ["echo"]]) {
      const { code, err, out } = await EverwireProcess.run([...args, "--port", String(port)]);
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, new RegExp(`^error: the port is in use: 127\\.0\\.0\\.1:${port}\\. .*--port.*\\n$`));
    }
  } finally {
    other.close();
  }
});

test("a data directory that cannot be used is one line and exit code 1", async () => {
  const file = join(directory, "file");
  await writeFile(file, "");
  const { code, err } = await EverwireProcess.run(["serve", "--port", "0", "--data", file]);
  assert.equal(code, 1, err);
  assert.match(err, /^error: the data directory cannot be used: .*--data\.\n$/);
});

test("a PORT that is no port is said to come from there, with exit code 2", async () => {
  const { code, err } = await EverwireProcess.run(["serve"], { PORT: "http" });
  assert.equal(code, 2);
  assert.match(err, /'http' from env 'PORT' is invalid/);
});

test("an exception that nobody caught ends it with 70", async () => {
  const hook = "data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('broken'))})";
  const command = new EverwireProcess(["serve", "--port", "0", "--data", join(directory, "defect")], {
    NODE_OPTIONS: `--import=${hook}`,
  });
  await command.printed(/Ctrl\+C/);
  const { code, err } = await command.stop("SIGUSR2");
  assert.equal(code, 70);
  assert.match(err, /^fatal: Error: broken\n/);
});

test("row 31: an upgrade at an unknown path is answered with 404", async () => {
  const { command, origin } = await serve(join(directory, "first"));
  const dialled = connect(`${origin.replace("http", "ws")}/other`);
  await assert.rejects(dialled, (error) => error instanceof HandshakeError && error.status === 404);
  await command.stop();
});

test("messages that were acknowledged are there after kill -9", async () => {
  const data = join(directory, "killed");
  const auth = { client: "1".repeat(32), name: "Ada" };
  const first = await serve(data);
  const [ada] = await PollingClient.connect(first.origin, "/chat", auth);
  await ada.call("channel:subscribe", { channel: "room:tea" });
  for (const id of ["a", "b", "c"]) {
    const answer = await ada.call("channel:publish", { channel: "room:tea", id, data: { text: `message ${id}` } });
    assert.equal(answer.ok, true, JSON.stringify(answer));
  }
  await first.command.stop("SIGKILL");
  ada.vanish();
  const second = await serve(data, first.port);
  const [again] = await PollingClient.connect(second.origin, "/chat", auth);
  const subscribed = await again.call("channel:subscribe", { channel: "room:tea" });
  const records = Array.isArray(subscribed.records) ? subscribed.records.map(fields) : [];
  assert.deepEqual(
    records.map(({ id, data }) => [id, data]),
    ["a", "b", "c"].map((id) => [id, { name: "Ada", text: `message ${id}` }]),
  );
  assert.deepEqual(await again.call("chat:rooms"), {
    ok: true,
    rooms: [
      { name: "lobby", offset: 0, members: 0 },
      { name: "tea", offset: 3, members: 0 },
    ],
  });
  await again.close();
  assert.equal((await second.command.stop()).code, 0);
});
