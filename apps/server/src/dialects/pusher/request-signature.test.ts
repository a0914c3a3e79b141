import { describe, expect, it } from "vitest";
import { faultOfSignature, type SignedRequest } from "./request-signature.ts";

// The worked example of Pusher's own documentation.
const app = { id: "3", key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };
const body = '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}';
const atS = 1353088179;
const query = {
  auth_key: app.key,
  auth_timestamp: String(atS),
  auth_version: "1.0",
  body_md5: "ec365a775a4cd0599faeb73354201b6f",
  auth_signature: "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
};

function request(change: Partial<typeof query> = {}, more: Partial<SignedRequest> = {}): SignedRequest {
  const params = new URLSearchParams({ ...query, ...change });
  return { method: "POST", path: "/apps/3/events", query: params, body, ...more };
}

describe("[R39] a signed request", () => {
  it("is right as Pusher's documentation works it out, within 600 s, whatever the order of its query", () => {
    expect(faultOfSignature(app, request(), atS * 1000)).toBeUndefined();
    expect(faultOfSignature(app, request(), (atS + 600) * 1000)).toBeUndefined();
    expect(faultOfSignature(app, request(), (atS - 600) * 1000)).toBeUndefined();
    const turned = new URLSearchParams([...new URLSearchParams(query)].toReversed());
    expect(faultOfSignature(app, request({}, { query: turned }), atS * 1000)).toBeUndefined();
  });

  it.each([
    ["another's key", request({ auth_key: "x" }), "auth_key"],
    ["another version", request({ auth_version: "2.0" }), "auth_version"],
    ["no time", request({ auth_timestamp: "" }), "auth_timestamp"],
    ["another time", request({ auth_timestamp: String(atS + 1) }), "auth_signature"],
    ["another body", request({}, { body: "{}" }), "body_md5"],
    ["no body's sum", request({ body_md5: "" }), "body_md5"],
    [
      "another signature",
      request({ auth_signature: query.auth_signature.replace("d", "e") }),
      "auth_signature",
    ],
    ["no signature", request({ auth_signature: "" }), "auth_signature"],
    ["another path", request({}, { path: "/apps/3/batch_events" }), "auth_signature"],
    ["another method", request({}, { method: "PUT" }), "auth_signature"],
  ])("with %s is refused, which says what", (_, wrong, field) => {
    expect(faultOfSignature(app, wrong, atS * 1000)).toContain(`${field}:`);
  });

  it("is refused where its time is more than 600 s off", () => {
    expect(faultOfSignature(app, request(), (atS + 601) * 1000)).toContain("auth_timestamp:");
    expect(faultOfSignature(app, request(), (atS - 601) * 1000)).toContain("auth_timestamp:");
  });
});
