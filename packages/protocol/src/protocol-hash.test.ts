import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import * as z from "zod";
import { closeCodes, downFrameSchema, errorCodes, subprotocol, upFrameSchema } from "./index.ts";

const recorded = {
  subprotocol: "switchboard.1",
  sha256: "8e0da79ac6eb535523bc3ed339c9d06fe92b1f16b9e1b4199678b88fc9f35f63",
};

it("[R4] the protocol does not change unnoticed", () => {
  const protocol = {
    up: z.toJSONSchema(upFrameSchema, { io: "input" }),
    down: z.toJSONSchema(downFrameSchema, { io: "output" }),
    errorCodes,
    closeCodes,
  };
  const sha256 = createHash("sha256").update(JSON.stringify(protocol)).digest("hex");
  const advice = `What goes over the wire has changed. If clients that are out there still understand the server, and it them
(a new optional key, a new type, another wording): write it down in SPEC.md and record the new value here.
If they do not: it is another protocol. Give it the next subprotocol (${subprotocol} → switchboard.2), too.`;
  expect({ subprotocol, sha256 }, advice).toEqual(recorded);
});
