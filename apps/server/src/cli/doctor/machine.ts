import { existsSync, readFileSync } from "node:fs";
import { isLoopback } from "../../transport/loopback.ts";
import { advice, type Check, type Finding } from "./finding.ts";

/** What a process opens besides its sessions. */
const filesBesides = 100;
const framesPerSecondPlenty = 1_000;

/** Whether the system lets the server have as many sessions as its limits say. */
export const checkOpenFiles: Check = ({ settings: { limits } }) => {
  const most = openFilesMax();
  if (most === undefined || most >= limits.sessionsMax + filesBesides) return [];
  return [
    advice(
      `a process may have ${most} files open, and sessionsMax is ${limits.sessionsMax}: beyond it nobody can connect, and nothing says why`,
      `raise it (LimitNOFILE= of systemd, ulimit -n), or lower SWITCHBOARD_SESSIONS_MAX to ${Math.max(most - filesBesides, 1)}`,
    ),
  ];
};

/** Whether one address, or one session, can take all there is. */
export const checkCrowding: Check = ({ settings: { host, limits } }) => {
  if (isLoopback(host)) return [];
  const { sessionsMax, sessionsPerAddressMax, framesPerSecondMax } = limits;
  const found: Finding[] = [];
  if (sessionsPerAddressMax >= sessionsMax)
    found.push(
      advice(
        `one address may have ${sessionsPerAddressMax} sessions, which is all there are`,
        "lower SWITCHBOARD_SESSIONS_PER_ADDRESS_MAX",
      ),
    );
  if (framesPerSecondMax > framesPerSecondPlenty)
    found.push(
      advice(
        `one session may send ${framesPerSecondMax} frames a second: a few such make all others wait`,
        `lower SWITCHBOARD_FRAMES_PER_SECOND_MAX; ${framesPerSecondPlenty} are plenty for a browser`,
      ),
    );
  return found;
};

/** Whether the server could do more to the machine than it must. */
export const checkUser: Check = ({ settings: { host } }) => {
  if (isLoopback(host) || process.getuid?.() !== 0) return [];
  return [advice("it would run as root", "give it a user of its own; port 443 takes CAP_NET_BIND_SERVICE")];
};

function openFilesMax(): number | undefined {
  if (!existsSync("/proc/self/limits")) return undefined;
  const [, , hard = ""] =
    /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return hard === "unlimited" ? undefined : Number(hard);
}
