import { describe, it } from "vitest";

import {
  coreStandsAlone,
  dialectsKeepApart,
  noCycles,
  serverPointsOneWay,
  workspacesPointOneWay,
} from "./direction.ts";
import { trees } from "./fixture.ts";

const server = "apps/server/src";

describe("workspaces", () => {
  const { breaks, keeps } = trees(workspacesPointOneWay);

  it("the protocol imports nobody", () => {
    breaks({ "packages/protocol/src/topic.ts": 'import { Client } from "@switchboard/sdk";' });
    breaks({ "packages/protocol/src/topic.ts": 'import type { Switchboard } from "@switchboard/server";' });
    keeps({ "packages/protocol/src/topic.ts": 'import { z } from "zod";' });
  });

  it("the SDK and the web app never import the server", () => {
    breaks({ "packages/sdk/src/client.ts": 'export type { Switchboard } from "@switchboard/server";' });
    breaks({ "apps/web/src/App.svelte": '<script lang="ts">import "@switchboard/server";</script>' });
    keeps({ "packages/sdk/src/client.ts": 'import { topic } from "@switchboard/protocol";' });
    keeps({ "apps/web/src/App.svelte": '<script lang="ts">import "@switchboard/sdk";</script>' });
  });

  it("the server is no client, but for its command line and its tests", () => {
    breaks({ [`${server}/core/session.ts`]: 'import { Client } from "@switchboard/sdk";' });
    keeps({ [`${server}/main.ts`]: 'import { Client } from "@switchboard/sdk";' });
    keeps({ [`${server}/server.test.ts`]: 'import { Client } from "@switchboard/sdk";' });
  });

  it("no path leads out of a workspace", () => {
    breaks({ "packages/sdk/src/client.ts": 'import { topic } from "../../protocol/src/index.ts";' });
    breaks({ "packages/sdk/src/client.ts": 'const later = import("../../protocol/src/index.ts");' });
  });
});

describe("the server's parts", () => {
  const { breaks, keeps } = trees(serverPointsOneWay);

  it("the core imports no other part", () => {
    breaks({ [`${server}/core/session.ts`]: 'import { native } from "../dialects/native.ts";' });
    breaks({ [`${server}/core/session.ts`]: 'type Engine = import("../engines/local.ts").Engine;' });
    keeps({ [`${server}/core/session.ts`]: 'import { Broker } from "./broker.ts";' });
  });

  it("dialects and engines do not meet", () => {
    breaks({ [`${server}/dialects/native.ts`]: 'import { localEngine } from "../engines/local.ts";' });
    breaks({ [`${server}/engines/local.ts`]: 'import { native } from "../dialects/native.ts";' });
    keeps({ [`${server}/engines/local.ts`]: 'import type { Engine } from "../core/engine.ts";' });
  });

  it("the transport knows neither the server nor main", () => {
    breaks({
      [`${server}/transport/http/health.ts`]: 'import { createSwitchboard } from "../../server.ts";',
    });
    keeps({ [`${server}/transport/websocket.ts`]: 'import { negotiate } from "../dialects/index.ts";' });
    keeps({ [`${server}/server.ts`]: 'import { websocket } from "./transport/websocket.ts";' });
    keeps({ [`${server}/main.ts`]: 'import { createSwitchboard } from "./server.ts";' });
  });

  it("a part without a place in the order is named", () => {
    breaks({ [`${server}/extras/thing.ts`]: 'import { Session } from "../core/session.ts";' });
  });

  it("tests may reach further", () => {
    keeps({ [`${server}/dialects/dialects.test.ts`]: 'import { localEngine } from "../engines/local.ts";' });
  });
});

describe("dialects", () => {
  const { breaks, keeps } = trees(dialectsKeepApart);

  it("do not import each other", () => {
    breaks({ [`${server}/dialects/wamp2.ts`]: 'import { wamp1 } from "./wamp1.ts";' });
    breaks({ [`${server}/dialects/wamp2/calls.ts`]: 'import type { Dialect } from "../native.ts";' });
    keeps({ [`${server}/dialects/wamp2/calls.ts`]: 'import { codes } from "./codes.ts";' });
  });

  it("share the parser and the mapping of arguments, and the list has them all", () => {
    keeps({ [`${server}/dialects/wamp2.ts`]: 'import { parse } from "./parse.ts";' });
    keeps({ [`${server}/dialects/wamp2/calls.ts`]: 'import { dataOf } from "../arguments.ts";' });
    keeps({ [`${server}/dialects/index.ts`]: 'import { wamp1 } from "./wamp1.ts";' });
  });
});

describe("the core", () => {
  const { breaks, keeps } = trees(coreStandsAlone);
  const broker = `${server}/core/broker.ts`;

  it("imports no runtime and no framework", () => {
    for (const name of [
      "bun",
      "bun:sqlite",
      "hono",
      "hono/cors",
      "node:fs",
      "fs",
      "nats",
      "@nats-io/jetstream",
    ]) {
      breaks({ [broker]: `import type { Thing } from "${name}";` });
    }
    keeps({ [broker]: 'import { z } from "zod"; import { topic } from "@switchboard/protocol";' });
    keeps({ [`${server}/engines/local.ts`]: 'import { Database } from "bun:sqlite";' });
  });

  it("uses no global of a runtime, and no clock", () => {
    for (const use of [
      "Bun.hash(1)",
      "process.env.PORT",
      "Date.now()",
      "performance.now()",
      "new Date()",
      "setTimeout(f, 1)",
    ]) {
      breaks({ [broker]: `export const thing = () => ${use};` });
    }
    keeps({ [broker]: "export const thing = (clock: Clock) => new Date(clock.now());" });
    keeps({ [`${server}/core/engine.contract.ts`]: "export const thing = () => Date.now();" });
  });
});

describe("imports", () => {
  const { breaks, keeps } = trees(noCycles);

  it("have no cycles", () => {
    breaks({ "packages/sdk/src/a.ts": 'import "./b.ts";', "packages/sdk/src/b.ts": 'import "./a.ts";' });
    breaks({ "packages/sdk/src/a.ts": 'import { a } from "./a.ts";' });
    keeps({ "packages/sdk/src/a.ts": 'import "./b.ts";', "packages/sdk/src/b.ts": 'import "./c.ts";' });
  });

  it("have no cycles of types, of components, or by a package's name", () => {
    breaks({
      "packages/sdk/src/a.ts": 'import type { B } from "./b.ts";',
      "packages/sdk/src/b.ts": 'export type B = import("./c.ts").C;',
      "packages/sdk/src/c.ts": 'export type { A } from "./a";',
    });
    breaks({
      "apps/web/src/Log.svelte": '<script>import Row from "./Row.svelte";</script>',
      "apps/web/src/Row.svelte": '<script>import Log from "./Log.svelte";</script>',
    });
    breaks({
      "packages/sdk/src/index.ts": 'export * from "./client.ts";',
      "packages/sdk/src/client.ts": 'import type { Options } from "@switchboard/sdk";',
    });
  });
});
