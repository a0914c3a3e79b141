import { expect, it } from "vitest";
import { greetingText } from "./greeting.ts";

const greeting = (url: string, more: Partial<Parameters<typeof greetingText>[0]> = {}) =>
  greetingText({ url: new URL(url), asksWhoConnects: false, ...more });

it("[R16] the addresses can be opened where all addresses are listened at", () => {
  expect(greeting("http://0.0.0.0:8080/")).toContain("Receive   http://127.0.0.1:8080/websocketclient\n");
  expect(greeting("https://[::]/")).toContain("curl https://[::1]/api/v1/publish -H");
  expect(greeting("http://192.0.2.1:8080/")).toContain("Send      http://192.0.2.1:8080/messagetoclient\n");
  const pagesUrl = "http://localhost:5173";
  expect(greeting("http://127.0.0.1:8080/", { pagesUrl })).toContain(
    "http://localhost:5173/websocketclient\n",
  );
});

it("[R24] the command shows a key where one is asked for, and only there", () => {
  const shown = '/api/v1/publish -H "Authorization: Bearer $SWITCHBOARD_API_KEY" -H ';
  expect(greeting("http://127.0.0.1:8080/", { asksWhoConnects: true })).toContain(shown);
  expect(greeting("http://127.0.0.1:8080/")).not.toContain("Authorization");
});
