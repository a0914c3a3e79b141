/** An application of the Pusher protocol: its clients know the key, its back ends the secret. */
export interface PusherApp {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

/** Reads `id:key:secret`, comma-separated. @throws Error, which says what is wrong, and never shows a secret */
export function parsePusherApps(text: string): readonly PusherApp[] {
  const apps = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map(parseApp);
  for (const field of ["id", "key"] as const) {
    const values = apps.map((app) => app[field]);
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice !== undefined) throw new Error(`two applications have the ${field} ${twice}`);
  }
  return apps;
}

function parseApp(text: string, index: number): PusherApp {
  const [id = "", key = "", secret = "", ...more] = text.split(":");
  if (more.length > 0 || ![id, key, secret].every((part) => /^[\w.-]+$/.test(part)))
    throw new Error(`application ${index + 1} must be id:key:secret, each of letters, digits, _ . and -`);
  return { id, key, secret };
}
