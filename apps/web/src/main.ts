import { mount } from "svelte";
import { config } from "zod";

// Schemas ask whether they may write code as soon as they are made, and the pages' policy would report each try.
config({ jitless: true });
const { default: App } = await import("./App.svelte");

const target = document.getElementById("app");
if (target) mount(App, { target });
