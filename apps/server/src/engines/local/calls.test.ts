import { callsContract } from "../../core/calls.contract.ts";
import { LocalCalls } from "./calls.ts";

callsContract("the local engine", async () => {
  const calls = new LocalCalls();
  return { here: calls, there: calls, async [Symbol.asyncDispose]() {} };
});
