import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.resolve("@switchboard/server"))), "main.ts");

/** A node as an operator starts it. */
export class NodeProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: Bun.Subprocess;
  readonly #folder: string;

  private constructor(url: string, child: Bun.Subprocess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts one; resolves when it takes publishes. @param natsUrl undefined for the local engine, its history in memory */
  static async start(natsUrl: string | undefined): Promise<NodeProcess> {
    const folder = mkdtempSync(join(tmpdir(), "switchboard-bench-"));
    const child = Bun.spawn([process.execPath, main, "serve"], {
      cwd: folder,
      env: {
        ...Object.fromEntries(
          Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")),
        ),
        HOST: "127.0.0.1",
        PORT: "0",
        SWITCHBOARD_LOG: "error",
        SWITCHBOARD_DATA_DIR: ":memory:",
        ...(natsUrl !== undefined && { SWITCHBOARD_ENGINE: "nats", SWITCHBOARD_NATS_URL: natsUrl }),
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    process.on("exit", () => child.kill("SIGKILL"));
    let output = "";
    const decoder = new TextDecoder();
    for await (const part of child.stdout) {
      output += decoder.decode(part, { stream: true });
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (url === undefined) continue;
      while (!(await fetch(`${url}/readyz`)).ok) await Bun.sleep(50);
      return new NodeProcess(url, child, folder);
    }
    throw new Error(`a node ended before it listened: ${output}`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
