import { type DownFrame, downFrameSchema, explainIssues } from "@switchboard/protocol";
import { SwitchboardError } from "./switchboard-error.ts";

/**
 * The frame in a text that a server sent; undefined where its type is unknown here (a newer server's).
 * @throws SwitchboardError bad_frame where it breaks the protocol.
 */
export function readDownFrame(text: string): DownFrame | undefined {
  const { data, error } = downFrameSchema.safeParse(parse(text));
  if (error === undefined) return data;
  const [issue] = error.issues;
  if (issue?.code === "invalid_union" && issue.path[0] === "type") return undefined;
  throw new SwitchboardError("bad_frame", `the server's frame: ${explainIssues(error.issues)}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SwitchboardError("bad_frame", "the server's frame is no JSON", { cause });
  }
}
