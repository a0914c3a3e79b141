import { expect, it } from "vitest";

import { anEventRow } from "./an-event-row.fixture.ts";
import { ndjson } from "./ndjson.ts";

it("writes one line for each event, with every digit", () => {
  const text = ndjson([
    { kind: "system", key: 1, at: 0, tone: "good", text: "Connected" },
    anEventRow(2, { text: '{\n  "id": 9007199254740993\n}', offset: 7 }),
    anEventRow(3, { text: '"a\\nb"', topic: "crm.43" }),
  ]);
  const lines = text.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("9007199254740993");
  expect(JSON.parse(lines[1] ?? "")).toEqual({
    sent: "1970-01-01T00:00:01.000Z",
    heard: "1970-01-01T00:00:01.005Z",
    crmId: "43",
    topic: "crm.43",
    name: "message",
    offset: 1,
    publication: "p1",
    data: "a\nb",
  });
});
