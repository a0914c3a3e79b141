import { createContext } from "svelte";

import { Announcer } from "./announcer.svelte.ts";
import { Connection } from "./connection.svelte.ts";
import { Keyboard } from "./keyboard.ts";
import { Lines } from "./lines.svelte.ts";
import { Listeners } from "./listeners.svelte.ts";
import { Log } from "./log.svelte.ts";
import { Reading } from "./reading.svelte.ts";
import { Router } from "./router.svelte.ts";
import { Sender } from "./sender.svelte.ts";
import { serverApi } from "./server-api.ts";
import { Theme } from "./theme.svelte.ts";
import { Toaster } from "./toaster.svelte.ts";

/** All that lives above the pages: going from one to another loses nothing of it. */
export function createAppState() {
  const log = new Log();
  const connection = new Connection((news) => log.addSystem(news));
  const api = serverApi(() => connection.token);
  return {
    log,
    connection,
    api,
    lines: new Lines(connection.client, log),
    listeners: new Listeners(api),
    sender: new Sender(connection.client, api),
    router: new Router(),
    theme: new Theme(),
    announcer: new Announcer(),
    toaster: new Toaster(),
    keyboard: new Keyboard(),
    reading: new Reading(),
  };
}

export type AppState = ReturnType<typeof createAppState>;

export const [appState, setAppState] = createContext<AppState>();
