/** Runs one example in a process of its own: `example-host.js NAME`. After SIGTERM and `close()` nothing may keep it alive. */
interface Running {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const file = new URL(`../../examples/dist/${process.argv[2]}.js`, import.meta.url);
const example: { start(port: number): Promise<Running> } = await import(file.href);

const { url, close } = await example.start(0);
process.once("SIGTERM", () => {
  void close().then(() => console.log("closed"));
});
console.log(`listening ${url}`);
