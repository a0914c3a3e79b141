import { expect, it } from "vitest";

import { Keyboard } from "./keyboard.ts";

function play() {
  let now = 10_000;
  const done: string[] = [];
  const keyboard = new Keyboard(() => now);
  const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
    keyboard.press({ key, target: null, preventDefault() {}, ...more } as KeyboardEvent);
  const act = (name: string) => () => void done.push(name);
  return { keyboard, press, act, done, wait: (ms: number) => (now += ms) };
}

it("a key acts, and a chord acts only if its keys come one soon after the other", () => {
  const { keyboard, press, act, done, wait } = play();
  keyboard.bind({ p: act("pause"), "g r": act("receive") });
  press("p");
  press("g");
  press("r");
  press("r");
  press("g");
  wait(2_000);
  press("r");
  expect(done).toEqual(["pause", "receive"]);
});

it("a modifier means something else", () => {
  const { keyboard, press, act, done } = play();
  keyboard.bind({ p: act("pause") });
  press("p", { ctrlKey: true });
  press("p", { metaKey: true });
  press("p", { isComposing: true });
  expect(done).toEqual([]);
});

it("what is bound last comes first, and is unbound again", () => {
  const { keyboard, press, act, done } = play();
  keyboard.bind({ p: act("below"), q: act("other") });
  const unbind = keyboard.bind({ p: act("above") });
  press("p");
  press("q");
  unbind();
  press("p");
  expect(done).toEqual(["above", "other", "below"]);
});

it("can be switched off", () => {
  const { keyboard, press, act, done } = play();
  keyboard.bind({ p: act("pause") });
  keyboard.isOn = false;
  press("p");
  expect(done).toEqual([]);
});
