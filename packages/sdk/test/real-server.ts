import { fileURLToPath } from "node:url";

/** The server of this repository, in a process of its own: it keeps nothing, and ends with the block. */
export interface RealServer extends Disposable {
  readonly url: string;
  /** Asks it to stop, and resolves with its exit code. */
  stop(): Promise<number>;
}

/** Resolves when it listens. */
export async function realServer(): Promise<RealServer> {
  const main = fileURLToPath(new URL("../../../apps/server/src/main.ts", import.meta.url));
  const args = ["serve", "--port", "0", "--data-dir", ":memory:", "--drain-ms", "200", "--log", "silent"];
  const child = Bun.spawn([process.execPath, main, ...args], { stdout: "pipe", stderr: "inherit" });
  const url = await addressIn(child.stdout);
  const stop = () => {
    child.kill("SIGTERM");
    return child.exited;
  };
  return {
    url,
    stop,
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of output) {
    text += decoder.decode(part, { stream: true });
    const [address] = /http:\/\/[^/\s]+/.exec(text) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`the server ended with: ${text}`);
}
