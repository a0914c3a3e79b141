import { stored } from "./stored.ts";

const themes = ["system", "light", "dark"] as const;
export type ThemeName = (typeof themes)[number];

const kept = stored(
  () => localStorage,
  "switchboard.theme",
  (value): value is ThemeName => themes.some((theme) => theme === value),
);

/** Light, dark, or as the system has it. */
export class Theme {
  name = $state.raw<ThemeName>(kept.read() ?? "system");

  constructor() {
    this.#apply();
  }

  next(): void {
    this.name = themes[(themes.indexOf(this.name) + 1) % themes.length] ?? "system";
    kept.write(this.name);
    this.#apply();
  }

  #apply(): void {
    if (this.name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.name;
  }
}
