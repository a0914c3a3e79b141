import {
  createAccount,
  createOperator,
  createUser,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
  type KeyPair,
} from "@nats-io/jwt";

/** Who runs NATS servers that let in whoever has credentials (.creds files) of their one account. */
export class NatsOperator {
  /** A configuration for nats-server. */
  readonly config: string;
  readonly #account: KeyPair;

  private constructor(config: string, account: KeyPair) {
    this.config = config;
    this.#account = account;
  }

  static async create(): Promise<NatsOperator> {
    const [operator, account, system] = [createOperator(), createAccount(), createAccount()];
    const storage = { disk_storage: -1, mem_storage: -1, streams: -1, consumer: -1 };
    const limits = { ...storage, conn: -1, subs: -1, data: -1, payload: -1, exports: -1, imports: -1 };
    const signer = { signer: operator };
    const config = [
      `operator: ${await encodeOperator("test", operator)}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      "resolver_preload: {",
      `${account.getPublicKey()}: ${await encodeAccount("crm", account, { limits }, signer)}`,
      `${system.getPublicKey()}: ${await encodeAccount("system", system, {}, signer)}`,
      "}",
    ];
    return new NatsOperator(config.join("\n"), account);
  }

  /** The text of a .creds file. @param end when it ends, in ms since 1970 */
  async credentials(end?: number): Promise<string> {
    const user = createUser();
    const options = end === undefined ? {} : { exp: Math.floor(end / 1_000) };
    const jwt = await encodeUser("node", user, this.#account, {}, options);
    return Buffer.from(fmtCreds(jwt, user)).toString();
  }
}
