import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const patienceMs = 60_000;

/** A program as new as clusters need it, where there is one here. */
export const newNatsServer = process.env.NATS_NEW_SERVER_PATH || undefined;

/** A nats-server of a test's own, on a port that it picks itself; what it stores lies in a temporary folder, and ends with it. */
export class NatsServer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "switchboard-nats-"));
  readonly #args: readonly string[];
  readonly #program: string;
  #child: ChildProcess | undefined;
  #port = -1;

  /** @param args more of its arguments */
  constructor(args: readonly string[] = [], program = process.env.NATS_SERVER_PATH || "nats-server") {
    this.#args = args;
    this.#program = program;
  }

  /** Starts one; resolves when it takes connections. */
  static async start(args?: readonly string[], program?: string): Promise<NatsServer> {
    const server = new NatsServer(args, program);
    await server.start();
    return server;
  }

  /** Where it listens; the same after it was started again. */
  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#running.pid;
  }

  /** What it logged. */
  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async start(): Promise<void> {
    const { folder } = this;
    const basic = ["-a", "127.0.0.1", "-p", `${this.#port}`, "-js", "-sd", join(folder, "js")];
    const files = ["--ports_file_dir", folder, "-l", join(folder, "log")];
    this.#child = spawn(this.#program, [...basic, ...files, ...this.#args], {
      stdio: "ignore",
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` },
    });
    this.#port = await portIn(join(folder, `nats-server_${this.#child.pid}.ports`), this.#child);
  }

  /** Ends it, and what it stored stays for another start; SIGSTOP and SIGCONT freeze it and let it go on. */
  async signal(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    const child = this.#running;
    const ended = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await ended;
    else while (isStopped(child) !== (signal === "SIGSTOP")) await Bun.sleep(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.signal("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #running(): ChildProcess {
    if (this.#child === undefined) throw new Error("the nats-server was not started");
    return this.#child;
  }
}

function isStopped({ pid }: ChildProcess): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

async function portIn(file: string, child: ChildProcess): Promise<number> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 10) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
    const [, port] = /"nats":\s*\[\s*"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(await textOf(file)) ?? [];
    if (port !== undefined) return Number(port);
    await Bun.sleep(10);
  }
  throw new Error("nats-server did not come up");
}

async function textOf(file: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch {
    return "";
  }
}
