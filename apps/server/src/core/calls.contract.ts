import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallHandler, CallRequest, Calls, InvokePolicy } from "./calls.ts";
import { Refusal } from "./errors.ts";

/** The calls of one engine, as two of its nodes see them: the same twice, where it has but one. */
export interface CallEnds extends AsyncDisposable {
  readonly here: Calls;
  readonly there: Calls;
}

const nobodyCancels = new AbortController().signal;

const asked = (data?: string, more: Partial<CallRequest> = {}): CallRequest => ({
  data,
  caller: undefined,
  progress: undefined,
  ...more,
});

const answers =
  (data: string): CallHandler =>
  () =>
    Promise.resolve(data);

/** What every engine's calls promise; called with a way to make them. */
export function callsContract(name: string, open: () => Promise<CallEnds>): void {
  describe(`${name}, as calls`, () => {
    let ends: CallEnds;
    let here: Calls;
    let there: Calls;

    beforeEach(async () => {
      ends = await open();
      ({ here, there } = ends);
    });
    afterEach(() => ends[Symbol.asyncDispose]());

    const call = (procedure: string, request = asked(), signal = nobodyCancels) =>
      here.call(procedure, request, signal);
    const refusalOf = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: unknown) => error,
      );

    it("[R19] the data and the caller reach the callee, and its answer the caller, as they were given", async () => {
      const heard: unknown[] = [];
      await there.serve("p", "single", async ({ data, caller }) => {
        heard.push(data, caller);
        return '{"b": 1,"a":12345678901234567890,"é":"\\u00e9😀"}';
      });
      const caller = { session: "s", subject: "ann" };
      const answer = await call("p", asked('{"x":  1}', { caller }));
      expect(answer).toBe('{"b": 1,"a":12345678901234567890,"é":"\\u00e9😀"}');
      expect(heard).toEqual(['{"x":  1}', caller]);
    });

    it.each(["before the call", "during it"])(
      "[R19] a callee that is interrupted (%s) is told, and what it says then is the answer",
      async (when) => {
        const interrupt = new AbortController();
        const begun = Promise.withResolvers<void>();
        await there.serve("p", "single", async (request) => {
          begun.resolve();
          if (request.interrupt?.aborted !== true)
            await new Promise((resolve) => request.interrupt?.addEventListener("abort", resolve));
          return '"stopped"';
        });
        if (when === "before the call") interrupt.abort();
        const answer = call("p", asked(undefined, { interrupt: interrupt.signal }));
        await begun.promise;
        interrupt.abort();
        expect(await answer).toBe('"stopped"');
      },
    );

    it("[R19] no data is no data, and a large text is whole", async () => {
      await there.serve("p", "single", async ({ data }) => String(data?.length));
      const large = `"${"ü😀".repeat(300_000)}"`;
      expect(await Promise.all([call("p"), call("p", asked(large))])).toEqual([
        "undefined",
        String(large.length),
      ]);
    });

    it("[R19] nobody answers it: no_such_procedure", async () => {
      expect(await refusalOf(call("p"))).toMatchObject({ code: "no_such_procedure" });
      const stop = await there.serve("p", "single", answers("1"));
      expect(await call("p")).toBe("1");
      stop();
      stop();
      expect(await refusalOf(call("p"))).toMatchObject({ code: "no_such_procedure" });
    });

    it("[R19] a callee's refusal is the caller's, details and all", async () => {
      const details = { issues: [1, "two"] };
      await there.serve("p", "single", () =>
        Promise.reject(new Refusal("OWN_CODE", "in its own words", { details, retryAfterMs: 5 })),
      );
      expect(await refusalOf(call("p"))).toMatchObject({
        code: "OWN_CODE",
        message: "in its own words",
        details,
        retryAfterMs: 5,
      });
    });

    it("[R19] progress comes before the answer, in order, where it is asked for", async () => {
      await there.serve("p", "single", async ({ progress }) => {
        for (const part of ["1", "2", "3"]) progress?.(part);
        return progress === undefined ? '"silent"' : '"done"';
      });
      const heard: string[] = [];
      heard.push(await call("p", asked(undefined, { progress: (part) => heard.push(part) })));
      expect(heard).toEqual(["1", "2", "3", '"done"']);
      expect(await call("p")).toBe('"silent"');
    });

    it("[R19] a caller that gives up interrupts the callee; calls run side by side", async () => {
      const interrupted = Promise.withResolvers<string>();
      const begun = Promise.withResolvers<void>();
      await there.serve("slow", "single", (_, signal) => {
        begun.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            interrupted.resolve("interrupted");
            reject(new Refusal("canceled", "as the caller wished"));
          });
        });
      });
      await there.serve("quick", "single", answers("1"));
      const giveUp = new AbortController();
      const calling = refusalOf(here.call("slow", asked(), giveUp.signal));
      await begun.promise;
      expect(await call("quick")).toBe("1");
      giveUp.abort(new Refusal("canceled", "the call was cancelled"));
      expect(await interrupted.promise).toBe("interrupted");
      expect(await calling).toMatchObject({ code: "canceled" });
    });

    it.each<[InvokePolicy, InvokePolicy]>([
      ["single", "single"],
      ["single", "roundrobin"],
      ["roundrobin", "single"],
      ["first", "last"],
    ])("[R19] who registers as %s keeps out who registers as %s, until it leaves", async (one, other) => {
      const stop = await here.serve("p", one, answers("1"));
      expect(await refusalOf(there.serve("p", other, answers("2")))).toMatchObject({
        code: "procedure_taken",
      });
      expect(await call("p")).toBe("1");
      stop();
      await expect
        .poll(() => refusalOf(there.serve("p", other, answers("2"))), { timeout: 30_000 })
        .toBe(undefined);
      expect(await call("p")).toBe("2");
    });

    it("[R19] of those who register at once, one alone has the procedure", async () => {
      const tries = Array.from({ length: 20 }, (_, i) => (i % 2 ? here : there));
      const served = await Promise.allSettled(tries.map((at, i) => at.serve("p", "single", answers(`${i}`))));
      const winners = served.flatMap(({ status }, i) => (status === "fulfilled" ? `${i}` : []));
      expect(winners).toHaveLength(1);
      for (const one of served)
        if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "procedure_taken" });
      expect(await Promise.all([call("p"), there.call("p", asked(), nobodyCancels)])).toEqual([
        ...winners,
        ...winners,
      ]);
    });

    const served = async (policy: InvokePolicy) => {
      for (const [i, at] of [here, there, here, there].entries())
        await at.serve("p", policy, answers(`${i}`));
      const answered: string[] = [];
      for (let i = 0; i < 40; i++) answered.push(await call("p"));
      return answered;
    };

    it.each([
      ["first", "0"],
      ["last", "3"],
    ] as const)("[R19] %s: always the one who registered so", async (policy, expected) => {
      expect(new Set(await served(policy))).toEqual(new Set([expected]));
    });

    it("[R19] roundrobin: each in its turn", async () => {
      expect((await served("roundrobin")).slice(0, 8)).toEqual(["0", "1", "2", "3", "0", "1", "2", "3"]);
    });

    it("[R19] random: all of them, sooner or later", async () => {
      expect(new Set(await served("random")).size).toBeGreaterThan(1);
    });
  });
}
