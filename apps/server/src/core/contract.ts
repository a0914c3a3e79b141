import type { Checked, ContractCheck, FoundProcedure } from "@switchboard/protocol";
import { check } from "@switchboard/protocol";
import { Refusal } from "./errors.ts";
import type { PublishGuard } from "./publisher.ts";

/** Lets pass what the contract allows. @throws Refusal `invalid_payload`, with the issues: whatever door the publish came through */
export function contractGuard<Session>(contract: ContractCheck): PublishGuard<Session> {
  return async (_, publication) => {
    const { topics, draft } = publication;
    const data: unknown = JSON.parse(draft.data);
    for (const topic of topics) valueOf(await contract.event(topic, draft.name, data));
    return publication;
  };
}

/** What the procedure's schema makes of what a caller sent (JSON text). @throws Refusal `invalid_payload`, with the issues */
export async function checkedInput(
  { procedure }: FoundProcedure,
  data: string | undefined,
): Promise<unknown> {
  return valueOf(await check(procedure.input, data === undefined ? undefined : JSON.parse(data), "data"));
}

function valueOf(checked: Checked): unknown {
  if ("value" in checked) return checked.value;
  const { message, details } = checked.breach;
  throw new Refusal("invalid_payload", message, { details });
}
