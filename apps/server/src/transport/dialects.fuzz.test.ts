import { heapStats } from "bun:jsc";
import { afterEach, describe, expect, it } from "vitest";
import { Dice } from "../../test/fuzz/dice.ts";
import { languages, type Language, type Said } from "../../test/fuzz/languages.ts";
import { Line } from "../../test/fuzz/line.ts";
import { mutatedBytes, mutatedText, mutatedValue } from "../../test/fuzz/mutation.ts";
import { RealServer } from "../../test/real-server.ts";

const isFull = process.env["SWITCHBOARD_TEST_FULL"] === "1";
const seed = Number(process.env["FUZZ_SEED"] ?? 20_260);
const frames = isFull ? 100_000 : 600;
const lanes = 8;
/** What may stay of a run: what the runtime and the engine keep for a while, whatever was said. */
const megabytesLeftMax = 24;

const faults: unknown[] = [];
const server = new RealServer({
  history: [],
  presenceGraceMs: 0,
  pusherApps: [{ id: "1", key: "fuzzkey", secret: "fuzz-secret" }],
  hooks: { onError: (_, error) => void faults.push(error) },
});

afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

/** A message that was right, changed as a value or in its spelling. */
function frameOf({ good, spell }: Language, dice: Dice): Said {
  const [message, other] = [dice.oneOf(good), dice.oneOf(good)];
  if (dice.below(3) > 0)
    try {
      return spell(mutatedValue(message, good, dice)) ?? "";
    } catch {
      // Not everything can be spelled in bytes; the spelling itself is changed then.
    }
  const [said, more] = [spell(message), spell(other)];
  return typeof said === "string"
    ? mutatedText(said, String(more), dice)
    : mutatedBytes(said, more as Uint8Array, dice);
}

/** Says so many frames on several lines at once. */
async function play(language: Language, count: number, dice: Dice) {
  const outcome = { lives: 0, ended: 0 };
  let left = count;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const line = new Line(language, new URL(server.url("/", "ws:")).origin);
      try {
        for (; left > 0; left -= 1) outcome[await answerTo(line, language, frameOf(language, dice))] += 1;
      } finally {
        line.close();
      }
    }),
  );
  return outcome;
}

async function answerTo(line: Line, { name }: Language, said: Said) {
  return line.say(said).catch((cause: Error) => {
    const shown = typeof said === "string" ? said : Buffer.from(said).toString("hex");
    throw new Error(`${name}, after ${shown}: ${cause.message}`, { cause });
  });
}

async function nobodyLeft(): Promise<void> {
  const left = async () => {
    const { body } = await server.ask("GET", "/api/v1/status");
    return [body["sessions"], body["topics"]];
  };
  await expect.poll(left, { timeout: 30_000 }).toEqual([0, 0]);
}

function heapMegabytes(): number {
  Bun.gc(true);
  return heapStats().heapSize / 1e6;
}

describe(`[R4] ${frames} odd frames in each language (FUZZ_SEED=${seed}): each is answered or ends its connection with a name`, () => {
  it.each(languages.map((language) => [language.name, language] as const))(
    "%s",
    async (name, language) => {
      const dice = new Dice(seed);
      await play(language, Math.ceil(frames / 10), dice);
      await nobodyLeft();
      const before = heapMegabytes();
      const startedAt = performance.now();
      const { lives, ended } = await play(language, frames, dice);
      const seconds = (performance.now() - startedAt) / 1_000;
      await nobodyLeft();
      const left = heapMegabytes() - before;
      process.stdout.write(
        `  [fuzz] ${name}: ${frames} frames in ${seconds.toFixed(0)} s, ${lives} answered, ${ended} ended their connection; heap ${before.toFixed(0)} ${left < 0 ? "-" : "+"} ${Math.abs(left).toFixed(1)} MB\n`,
      );
      expect(lives).toBeGreaterThan(frames / 20);
      expect(left).toBeLessThan(megabytesLeftMax);
    },
    isFull ? 1_800_000 : 120_000,
  );
});
