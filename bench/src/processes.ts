import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scenario } from "./scenarios.ts";

/** Who is measured. */
export const contestants = ["switchboard", "control"] as const;

/** One of those who are measured. */
export type Contestant = (typeof contestants)[number];

/** A server process of ours. */
export interface ServerProcess {
  readonly pid: number;
  readonly url: URL;
  /** How many files its data directory holds. */
  storedFiles(): number;
  /** Ends the process and removes what it stored. */
  stop(): Promise<void>;
}

const serverCore = 0;
export const generatorCore = 1;
/** How long a process may take to start, and to end once it was asked to, in ms. */
const patienceMs = 10_000;

const canPin = availableParallelism() > 1 && Bun.which("taskset") !== null;
const entries: Record<Contestant, readonly string[]> = {
  switchboard: [join(dirname(fileURLToPath(import.meta.resolve("@switchboard/server"))), "main.ts"), "serve"],
  control: [fileURLToPath(import.meta.resolve("./control.ts"))],
};

/** What must not outlive this process, however it ends. */
const leftovers = new Set<() => void>();
process.on("exit", () => {
  for (const remove of leftovers) remove();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** Starts a server on a free port of loopback; resolves when it listens. */
export async function startServer(
  who: Contestant,
  history: Scenario["history"],
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-bench-"));
  const child = Bun.spawn(pinned(serverCore, entries[who]), {
    env: { ...ownEnvironment(), HOST: "127.0.0.1", PORT: "0", ...settingsOf(history, dataDir), ...settings },
    cwd: dataDir,
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  const removeData = () => rmSync(dataDir, { recursive: true, force: true });
  leftovers.add(removeData);
  return {
    pid: child.pid,
    url: await addressIn(child.stdout),
    storedFiles: () => readdirSync(dataDir).length,
    async stop() {
      await stopProcess(child);
      removeData();
      leftovers.delete(removeData);
    },
  };
}

/** Starts a script of the bench on the generator's core; it can be talked to. */
export function startScript(script: string, argument: string, ipc: (message: unknown) => void) {
  const child = Bun.spawn(pinned(generatorCore, [script, argument]), {
    stdio: ["ignore", "inherit", "inherit"],
    ipc,
  });
  endWithUs(child);
  return child;
}

/** Asks a process to end, and ends it where it does not. */
export async function stopProcess(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await child.exited;
  clearTimeout(timer);
}

/** @throws Error where a process may not open so many files */
export function requireOpenFiles(needed: number): void {
  const limit = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout.trim();
  if (limit === "unlimited" || Number(limit) >= needed) return;
  throw new Error(
    `This needs ${needed} open files per process, and ulimit -n is ${limit}: run ulimit -n ${needed}`,
  );
}

/** The command on a core of its own, where the machine has two and taskset. */
export function pinnedCommand(core: number, command: readonly string[]): string[] {
  return canPin ? ["taskset", "-c", String(core), ...command] : [...command];
}

function pinned(core: number, args: readonly string[]): string[] {
  return pinnedCommand(core, [process.execPath, ...args]);
}

function settingsOf(history: Scenario["history"], dataDir: string): Record<string, string> {
  return {
    SWITCHBOARD_LOG: "warn",
    SWITCHBOARD_DATA_DIR: history === "disk" ? dataDir : ":memory:",
    // The default keeps crm.*; this keeps a topic that nobody uses.
    ...(history === "none" && { SWITCHBOARD_HISTORY: "none.none=1/1s" }),
  };
}

function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")));
}

function endWithUs(child: Bun.Subprocess): void {
  const kill = () => child.kill("SIGKILL");
  leftovers.add(kill);
  void child.exited.then(() => leftovers.delete(kill));
}

async function addressIn(output: ReadableStream<Uint8Array>): Promise<URL> {
  const timeout = setTimeout(() => fail("a server did not start"), patienceMs);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    text += decoder.decode(chunk, { stream: true });
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(text) ?? [];
    if (address === undefined) continue;
    clearTimeout(timeout);
    return new URL(address);
  }
  clearTimeout(timeout);
  throw new Error(`a server ended before it listened: ${text}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
