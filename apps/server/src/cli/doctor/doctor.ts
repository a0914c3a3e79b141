import { ConfigError, givenTexts, readSettings } from "../../config.ts";
import { checkAccess, checkDevLogin, checkMetrics, checkOrigins } from "./access.ts";
import { checkFiles } from "./files.ts";
import { open, type Check, type Finding, type Patient } from "./finding.ts";
import { checkCrowding, checkOpenFiles, checkUser } from "./machine.ts";
import { checkApiKeys, checkJwtSecret } from "./secrets.ts";
import { checkCertificate, checkAuthorities, checkWire } from "./wire.ts";

const checks: readonly Check[] = [
  checkAccess,
  checkDevLogin,
  checkMetrics,
  checkOrigins,
  checkJwtSecret,
  checkApiKeys,
  checkWire,
  checkCertificate,
  checkAuthorities,
  checkFiles,
  checkCrowding,
  checkOpenFiles,
  checkUser,
];

/** `doctor [settings]`: tells what is open that should not be, by the settings that `serve` would take; exits with 1 where something is. */
export async function doctor(args: readonly string[]): Promise<void> {
  const findings = await findingsFor(process.env, args);
  const isOpen = findings.filter(({ level }) => level === "open").length;
  for (const { level, what, remedy } of findings)
    console.log(`${level.padEnd(6)}  ${what}\n        → ${remedy}`);
  console.log(`${findings.length === 0 ? "" : "\n"}${isOpen} open, ${findings.length - isOpen} to consider`);
  if (isOpen > 0) process.exitCode = 1;
}

/** What the doctor finds; what is open comes first. */
export async function findingsFor(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<readonly Finding[]> {
  const patient = patientOf(env, args);
  if ("what" in patient) return [patient];
  const findings = (await Promise.all(checks.map(async (check) => check(patient)))).flat();
  return findings.toSorted((a, b) => Number(b.level === "open") - Number(a.level === "open"));
}

/** A setting that is wrong is all there is to say: the server would not start. */
function patientOf(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Patient | Finding {
  try {
    return { settings: readSettings(env, args), given: givenTexts(env, args), now: Date.now() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return open(error.message, "set it right: as it is, the server does not start");
  }
}
