import type { Settings } from "../../settings.ts";

/** What the doctor looks at: a server that may not even run. */
export interface Patient {
  readonly settings: Settings;
  /** What was given for a setting, as it was written. */
  readonly given: (variable: string) => string | undefined;
  /** In ms since 1970. */
  readonly now: number;
}

/** Something that is not as it should be, and what to do about it. */
export interface Finding {
  /** `open`: somebody can do what they should not. `advice`: nobody can yet, but it may be better. */
  readonly level: "open" | "advice";
  readonly what: string;
  readonly remedy: string;
}

/** Looks at one thing. */
export type Check = (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[];

/** Somebody can do what they should not. */
export const open = (what: string, remedy: string): Finding => ({ level: "open", what, remedy });

/** It may be better. */
export const advice = (what: string, remedy: string): Finding => ({ level: "advice", what, remedy });
