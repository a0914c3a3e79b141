import { constants } from "node:os";

const { SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV } = constants.signals;
const crashes = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV];

/**
 * Runs the tests; where Bun itself crashes (1.4.5 was seen to, once in ten runs of all tests), which says nothing of them, all of them once more.
 * @param {() => Promise<number>} run resolves to the code to exit with
 * @param {(news: string) => void} say
 * @returns {Promise<number>}
 */
export async function onceMoreAfterCrash(run, say) {
  const code = await run();
  if (!crashes.includes(code - 128)) return code;
  say(`Bun itself crashed (exit code ${code}), which no test decides: all of them run once more`);
  return run();
}
