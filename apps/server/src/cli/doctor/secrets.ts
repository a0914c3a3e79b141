import { advice, open, type Check, type Finding } from "./finding.ts";

/** What a secret should be worth at least, in bits, by its own characters. */
const bitsMin = 80;
/** Words that stand in secrets that somebody made up, or copied from a page. */
const knownWords = /secret|passw|change|example|default|switchboard|qwerty|letmein|12345|abcdef/i;

/** Whether the secret that signs tokens could be guessed. */
export const checkJwtSecret: Check = ({ settings: { jwtSecret } }) => {
  const weakness = jwtSecret === undefined ? undefined : weaknessOf(jwtSecret);
  if (weakness === undefined) return [];
  return [
    open(
      `SWITCHBOARD_JWT_SECRET ${weakness}: who guesses it signs tokens that allow everything`,
      "make another, such as $(openssl rand -hex 32)",
    ),
  ];
};

/** Whether keys of back ends could be guessed or read, and do no more than they must. */
export const checkApiKeys: Check = ({ given }) => {
  const keys = (given("SWITCHBOARD_API_KEYS") ?? "").split(",").filter((key) => key.trim() !== "");
  return keys.flatMap((key, index) => findingsOf(key.trim(), `SWITCHBOARD_API_KEYS: key ${index + 1}`));
};

function findingsOf(key: string, place: string): Finding[] {
  const [secret = "", permissions] = key.split("=", 2);
  const found: Finding[] = [];
  if (permissions === undefined)
    found.push(
      open(`${place} may do everything`, "name what its bearer needs, such as key=publish:crm.*+read"),
    );
  if (secret.startsWith("sha256:")) return found;
  const weakness = weaknessOf(secret);
  if (weakness !== undefined)
    found.push(open(`${place} ${weakness}`, "make another, such as $(openssl rand -hex 24)"));
  found.push(
    advice(
      `${place} stands there as it is: who reads the settings has it`,
      "give its hash: sha256:$(printf %s KEY | sha256sum | cut -d' ' -f1)",
    ),
  );
  return found;
}

/** What makes a secret easy to guess, as the rest of a sentence; undefined where nothing does that can be seen. */
function weaknessOf(secret: string): string | undefined {
  if (knownWords.test(secret)) return "has a word in it that others try first";
  const steps = Array.from(secret, (_, i) => secret.charCodeAt(i) - secret.charCodeAt(i - 1));
  if (steps.filter((step) => Math.abs(step) <= 1).length > secret.length / 2) return "is a sequence";
  if (/^(.{1,16}?)\1+$/.test(secret)) return "repeats itself";
  const bits = Math.round(bitsOf(secret));
  return bits < bitsMin ? `is worth ${bits} bits at most` : undefined;
}

/** Shannon's entropy of the characters, times how many there are: more than the secret is worth, never less. */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits + count * Math.log2(text.length / count), 0);
}
