import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A server with faults that nobody catches, one for each signal. */
const withFaults = `
  process.on("SIGUSR2", () => void Promise.reject(new Error("a planted rejection")));
  process.on("SIGHUP", () => {
    throw new Error("a planted exception");
  });
  await import(${JSON.stringify(main)});
`;

describe("serve", () => {
  let child: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
  afterEach(() => child?.kill("SIGKILL"));

  it.each([
    ["SIGUSR2", "a planted rejection"],
    ["SIGHUP", "a planted exception"],
  ] as const)(
    "[R28] after %s, a fault that nobody caught is logged, and ends nothing",
    async (signal, fault) => {
      child = Bun.spawn([process.execPath, "-e", withFaults], {
        env: { PATH: process.env["PATH"] ?? "", PORT: "0", SWITCHBOARD_DATA_DIR: ":memory:" },
        stdout: "pipe",
        stderr: "inherit",
      });
      const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let words = "";
      const until = async (isSo: () => boolean) => {
        while (!isSo()) {
          const { value, done } = await said.read();
          if (done) throw new Error(`the server ended: ${words}`);
          words += value;
        }
      };
      await until(() => words.includes("curl "));
      const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(words) ?? [];
      child.kill(signal);
      await until(() => words.includes(fault));
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    },
  );
});
