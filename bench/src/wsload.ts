import { subprotocol } from "@switchboard/protocol";
import type { Generator } from "./generator-process.ts";
import type { Reading } from "./load.ts";
import { generatorCore, pinnedCommand, type ServerProcess } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";

/** What is read of wsload's line of JSON. */
interface Figures {
  readonly received: number;
  readonly dur_s: number;
  readonly srv_cpu_s: number;
  readonly gen_cpu_share: number;
  readonly missing: number;
  readonly misdelivered: number;
}

/** wsload (C, epoll) as the generator, so that the bench's own can be held against it. It connects anew for each measurement. */
export function wsload(binary: string, scenario: Scenario, server: ServerProcess): Generator {
  return {
    async measure(seconds) {
      const command = pinnedCommand(generatorCore, [binary, ...argumentsOf(scenario, server, seconds)]);
      const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
      const text = await child.stdout.text();
      if ((await child.exited) !== 0) throw new Error(`wsload failed: ${text}`);
      return readingOf(JSON.parse(text) as Figures);
    },
    stop: () => Promise.resolve(),
  };
}

function argumentsOf(scenario: Scenario, { url, pid }: ServerProcess, seconds: number): string[] {
  const options = {
    mode: "fanout",
    port: url.port,
    path: "/ws",
    proto: subprotocol,
    pid,
    subs: scenario.subscribers,
    pubs: scenario.publishers,
    topics: scenario.topics,
    window: scenario.window,
    chunk: scenario.chunk,
    "sub-setup": '{"type":"hello","crmIds":["{k:6}"]}',
    "sub-wait": "welcome",
    "pub-setup": '{"type":"hello"}',
    "pub-wait": "welcome",
    msg: '{"type":"publish","topic":"crm.{t:6}","data":{data:128}}',
    warm: 0.5,
    dur: seconds,
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function readingOf(figures: Figures): Reading {
  return {
    delivered: figures.received,
    wallSeconds: figures.dur_s,
    serverCpuSeconds: figures.srv_cpu_s,
    generatorCpuSeconds: figures.gen_cpu_share * figures.dur_s,
    missing: Math.max(figures.missing, 0),
    extra: Math.max(-figures.missing, 0) + figures.misdelivered,
    refused: 0,
  };
}
