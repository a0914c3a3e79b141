import type { Clock } from "../core/clock.ts";
import type { Engine } from "../core/engine.ts";
import type { Once } from "../core/once.ts";
import type { Turn } from "../core/turn.ts";
import { localEngine } from "./local/local.ts";
import { memoryStore } from "./local/memory-store.ts";
import { sqliteStore } from "./local/sqlite-store.ts";
import { natsEngine } from "./nats/nats.ts";
import { retentionBy, type RetentionRule } from "./retention.ts";

/** The settings that choose and make an engine. */
interface EngineSettings {
  readonly engine: "local" | "nats";
  readonly dataDir: string;
  readonly history: readonly RetentionRule[];
  readonly natsUrl: readonly URL[];
  readonly natsCreds?: string | undefined;
  readonly natsCa?: string | undefined;
  readonly natsCert?: string | undefined;
  readonly natsKey?: string | undefined;
  readonly natsReplicas?: number | undefined;
  readonly natsAllowOld: boolean;
  readonly limits: { readonly retainedEventsMax: number };
}

interface EngineParts {
  readonly turn: Turn;
  readonly clock: Clock;
  /** Tells the operator. */
  readonly tell: (news: string) => void;
  readonly report: (error: unknown) => void;
}

/** An engine, and what its nodes share. */
interface OpenEngine {
  readonly engine: Engine;
  /** Signs what every node must recognise. @throws Refusal `unavailable` while it is not known */
  readonly secret: () => string;
  /** Remembers what was used on any node; undefined where there is but one. */
  readonly once?: Once;
}

/** How long a start waits for servers that are away before it goes on without, in ms. */
const patienceMs = 2_000;

/** Opens the engine that the settings ask for. @throws Error where it will not do */
export async function openEngine(settings: EngineSettings, parts: EngineParts): Promise<OpenEngine> {
  const retentionOf = retentionBy(settings.history);
  if (settings.engine === "local") {
    const store = settings.dataDir === ":memory:" ? memoryStore() : sqliteStore(settings.dataDir);
    return {
      engine: localEngine({ ...parts, ...settings.limits, store, retentionOf }),
      secret: () => store.secret,
    };
  }
  const { natsUrl: urls, natsReplicas: replicas, natsAllowOld: allowOld } = settings;
  const { natsCreds: creds, natsCa: ca, natsCert: cert, natsKey: key } = settings;
  const engine = natsEngine({
    ...parts,
    ...settings.limits,
    urls,
    files: { creds, ca, cert, key },
    replicas,
    allowOld,
    retentionOf,
    retentions: settings.history,
  });
  const patience = new Promise<void>((resolve) => parts.clock.after(patienceMs, resolve));
  await Promise.race([engine.started.then(() => engine.peers.settled), patience]);
  const { records } = engine;
  return { engine, secret: () => records.secret, once: records };
}
