import type { ServerInfo } from "@nats-io/transport-node";

/** The oldest server that keeps what it acknowledged when one of several fails. */
const soundFrom = [2, 12] as const;

/** The first that reads several messages at once and is sure to go on: 2.12.0 and 2.12.1 lock up where one is stored meanwhile. */
const batchFrom = "2.12.2";

/** Whether the server may be asked for several messages at once. */
export function readsBatches({ version }: ServerInfo): boolean {
  return Bun.semver.order(version, batchFrom) >= 0;
}

/**
 * Refuses servers that are too old to be trusted with several replicas.
 * @throws Error that says why, and what would be right
 */
export function refuseOldServer(
  { version, jetstream }: ServerInfo,
  replicas: number,
  allowOld: boolean,
): void {
  if (jetstream !== true)
    throw new Error(
      "SWITCHBOARD_NATS_URL: that NATS server has no JetStream: start it with -js, or with jetstream {} in its configuration",
    );
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isSound = major > soundFrom[0] || (major === soundFrom[0] && minor >= soundFrom[1]);
  if (isSound || replicas === 1 || allowOld) return;
  throw new Error(
    `SWITCHBOARD_NATS_URL: NATS ${version} may lose acknowledged events when a server of a cluster fails (measured with 2.9, reported up to 2.11): use 2.12 or newer, one replica, or SWITCHBOARD_NATS_ALLOW_OLD=1`,
  );
}
