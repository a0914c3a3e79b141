import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const root = process.env.SWITCHBOARD_TEST_ROOT ?? fileURLToPath(new URL("../../", import.meta.url));

/** A server that may be killed and started again, on one port and one folder. All of it ends with the block. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: Started | undefined;
  #output = "";

  /** @param env its settings besides port and folder */
  constructor(env: Readonly<Record<string, string>> = {}, folder = temporaryFolder(), port = 0) {
    this.port = port === 0 ? freePort() : port;
    this.folder = folder;
    this.#env = env;
  }

  /** Starts one, and resolves when it listens. */
  static async start(env?: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const server = new ServerProcess(env);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything that all its processes wrote. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.child.pid;
  }

  get child(): Started {
    if (this.#child === undefined) throw new Error("the server was not started");
    return this.#child;
  }

  /** Starts a process; resolves when it listens, rejects with what it said where it ended instead. */
  async start(): Promise<void> {
    const child = this.launch();
    let isUp = false;
    const ended = child.exited.then((code) => {
      if (!isUp) throw new Error(`the server ended with ${code}: ${this.#output}`);
    });
    await Promise.race([ended, until(() => answers(this.url), { note: () => this.#output })]);
    isUp = true;
  }

  /** Starts a process without waiting for anything. */
  launch(): Started {
    const child = Bun.spawn([process.execPath, join(root, "apps/server/src/main.ts"), "serve"], {
      env: {
        ...cleanEnvironment(),
        PORT: String(this.port),
        SWITCHBOARD_DATA_DIR: this.folder,
        SWITCHBOARD_LOG: "error",
        ...this.#env,
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    for (const stream of [child.stdout, child.stderr]) void this.#read(stream);
    this.#child = child;
    return child;
  }

  /** Ends the process with the signal, and resolves with its exit code. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number> {
    this.child.kill(signal);
    return this.child.exited;
  }

  /** How much memory the process holds, in MB. */
  async memoryMb(): Promise<number> {
    const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(await Bun.file(`/proc/${this.pid}/status`).text()) ?? [];
    return Math.round(Number(kb) / 1024);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null) await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of stream) this.#output += decoder.decode(part, { stream: true });
  }
}

type Started = Bun.Subprocess<"ignore", "pipe", "pipe">;

/** A folder of its own for a test's store. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "switchboard-recovery-"));
}

/** The environment without this product's settings. */
export function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")));
}

/**
 * A port that nobody listens on, and that the system gives to no outgoing connection (those are from 32,768 on): it stays free while a
 * server restarts among thousands of clients.
 */
export function freePort(): number {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
      return port;
    } catch {
      continue;
    }
  }
}

/** Whether it answers: then it also minds signals, which a port that merely listens does not tell. */
async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}
