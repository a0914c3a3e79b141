import { dictAt, isDict, textAt, Violation, type Message } from "./message.ts";

const roleNames = ["publisher", "subscriber", "caller", "callee"];

/** What HELLO says. */
export interface Hello {
  readonly realm: string;
  /** What the client calls itself. */
  readonly agent: string | undefined;
  readonly authmethods: readonly string[];
  readonly authid: string | undefined;
  readonly authextra: Readonly<Record<string, unknown>>;
  /** Whether the client can be told that nobody waits for its answer. */
  readonly canBeInterrupted: boolean;
  /**
   * Whether the client forgets a call that it cancels, and ends the connection where it is answered all the same. AutobahnJS does; it does
   * not say its name, but announces call canceling as caller only.
   */
  readonly forgetsCanceled: boolean;
}

/** @throws Violation */
export function readHello(message: Message): Hello {
  const realm = textAt(message, 1, "HELLO.Realm");
  const details = dictAt(message, 2, "HELLO.Details");
  const { roles, agent, authid, authmethods, authextra } = details;
  if (!isDict(roles) || !roleNames.some((name) => isDict(roles[name])))
    throw new Violation(`HELLO.Details.roles must have some of ${roleNames.join(", ")}`);
  const [asCaller, asCallee] = ["caller", "callee"].map((role) => announces(roles[role], "call_canceling"));
  return {
    realm,
    agent: typeof agent === "string" ? agent.slice(0, 256) : undefined,
    authid: typeof authid === "string" ? authid : undefined,
    authmethods: Array.isArray(authmethods) ? authmethods.filter((one) => typeof one === "string") : [],
    authextra: isDict(authextra) ? authextra : {},
    canBeInterrupted: asCallee === true,
    forgetsCanceled: agent === undefined && asCaller === true && asCallee === false,
  };
}

function announces(role: unknown, feature: string): boolean {
  return isDict(role) && isDict(role["features"]) && role["features"][feature] === true;
}
