import type { CallHandler, CallRequest, Calls, InvokePolicy } from "../../core/calls.ts";
import { Refusal } from "../../core/errors.ts";
import type { Peers } from "../../core/peers.ts";
import { byAge, Directory, excludes, type OwnRegistration, type Registration } from "./directory.ts";
import { RemoteCalls } from "./remote-calls.ts";

/** What a node says of another's claim: undefined where it agrees. */
type Verdict = InvokePolicy | null;

/**
 * Calls between all nodes. Each knows all registrations, so that a call goes straight to the node of the callee that the policy names, and
 * nobody to answer it is known at once. A registration stands once every other node has agreed: of two that exclude each other, at least one
 * node sees both, and the earlier one stands.
 */
export class ClusterCalls implements Calls {
  readonly #peers: Peers;
  readonly #directory = new Directory();
  readonly #own = new Map<string, OwnRegistration>();
  readonly #remote: RemoteCalls;
  /** The nodes whose registrations are being asked for. */
  readonly #asking = new Map<string, Promise<unknown>>();
  #number = 0;

  constructor(peers: Peers, report: (error: unknown) => void) {
    this.#peers = peers;
    this.#remote = new RemoteCalls(peers, (id) => this.#handlerOf(id), report);
    peers.answer("claim", (claim: Registration) => this.#judge(claim));
    peers.answer("registrations", () => this.#directory.of(peers.self).map(withoutHandler));
    peers.hear("unregistered", ({ procedure, id }: Registration) => this.#directory.remove(procedure, id));
    peers.watch({
      lost: (node) => this.#directory.forget(node),
      found: (node) => this.#askFor(node),
    });
  }

  async serve(procedure: string, policy: InvokePolicy, handler: CallHandler): Promise<() => void> {
    await this.#known();
    const own: OwnRegistration = {
      id: `${this.#peers.self}-${(this.#number += 1)}`,
      node: this.#peers.self,
      procedure,
      policy,
      stamp: this.#directory.nextStamp(),
      handler,
      isAgreed: false,
    };
    const rival = this.#directory.all(procedure).find((one) => excludes(own, one));
    if (rival !== undefined) throw taken(procedure, rival.policy);
    this.#own.set(own.id, own);
    this.#directory.add(own);
    const remove = () => {
      if (!this.#own.delete(own.id)) return;
      this.#directory.remove(procedure, own.id);
      this.#peers.tell("unregistered", withoutHandler(own));
    };
    try {
      await this.#claim(own);
    } catch (error) {
      remove();
      throw error;
    }
    own.isAgreed = true;
    return remove;
  }

  async call(procedure: string, request: CallRequest, signal: AbortSignal): Promise<string> {
    for (let tries = 0; ; tries++) {
      signal.throwIfAborted();
      const callee = this.#directory.pick(procedure);
      const own = callee && this.#own.get(callee.id);
      if (own !== undefined) return own.handler(request, signal);
      if (callee !== undefined) {
        const answer = await this.#remote.call(callee, request, signal);
        if (answer !== undefined) return answer;
        // It has left meanwhile; the news of that is on its way.
        this.#directory.remove(procedure, callee.id);
      } else if (tries === 0) await this.#known();
      else throw this.#nobody(procedure);
    }
  }

  /** @throws Refusal where another node does not agree, or does not answer */
  async #claim(own: OwnRegistration): Promise<void> {
    let verdict: Verdict = null;
    const ask = () =>
      this.#peers.ask("claim", withoutHandler(own), (answer: Verdict) => {
        verdict ??= answer;
      });
    // A node that was lost meanwhile is not asked again.
    const isWhole = (await ask()) || (await ask());
    if (verdict !== null) throw taken(own.procedure, verdict);
    if (!isWhole) throw new Refusal("unavailable", "not all nodes have agreed; try again");
  }

  /** Another node registers: it is refused where one of this node's stands, or claims, and was first. */
  #judge(claim: Registration): Verdict {
    const first = this.#directory
      .all(claim.procedure)
      .flatMap(({ id }) => this.#own.get(id) ?? [])
      .find((own) => excludes(claim, own) && (own.isAgreed || byAge(own, claim) < 0));
    if (first !== undefined) return first.policy;
    this.#directory.add(claim);
    return null;
  }

  /** Resolves once the registrations of all nodes that can be reached are known. */
  async #known(): Promise<void> {
    await this.#peers.settled;
    await Promise.all(this.#asking.values());
  }

  #askFor(node: string): void {
    const asking = this.#peers.ask(
      "registrations",
      null,
      (registrations: readonly Registration[]) => {
        for (const one of registrations) this.#directory.add(one);
      },
      node,
    );
    this.#asking.set(node, asking);
    void asking.then(() => {
      if (this.#asking.get(node) === asking) this.#asking.delete(node);
    });
  }

  #handlerOf(id: string): CallHandler | undefined {
    const own = this.#own.get(id);
    return own?.handler;
  }

  #nobody(procedure: string): Refusal {
    if (!this.#peers.connected)
      return new Refusal(
        "unavailable",
        `procedure: other nodes, which may answer ${procedure}, cannot be reached`,
      );
    return new Refusal("no_such_procedure", `procedure: nobody answers ${procedure}`);
  }
}

function withoutHandler({ id, node, procedure, policy, stamp }: Registration): Registration {
  return { id, node, procedure, policy, stamp };
}

function taken(procedure: string, policy: InvokePolicy): Refusal {
  return new Refusal("procedure_taken", `procedure: ${procedure} is registered already, as ${policy}`);
}
