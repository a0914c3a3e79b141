import type { SettingDoc } from "../config.ts";

/** What `switchboard --help` prints. */
export function helpText(settings: readonly SettingDoc[]): string {
  const rows = settings.map(({ env, flag, meaning, default: value }) => [
    `${flag} (${env})`,
    `${meaning} [${value}]`,
  ]);
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(([name = "", meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
  return `Switchboard carries live messages to whoever is concerned with a CRM record.

Usage
  switchboard [serve] [settings]        serve the API, the sockets and the pages on one port
  switchboard publish <crmId|topic> <json>  [--name NAME] [--url URL] [--token TOKEN]
  switchboard listen <crmId|topic>...       [--url URL] [--token TOKEN]
  switchboard token --sub anna --crm-ids 42,43 --for 1h    prints a token, signed with SWITCHBOARD_JWT_SECRET
                    [--subscribe|--publish|--call|--register PATTERN,...] [--read] [--admin] [--tickets]
  switchboard doctor [settings]         tells what is open that should not be; exits with 1 where something is
  switchboard --help | --version

A word of letters, digits, _ and - means a crmId; everything else is a topic. publish and listen go to SWITCHBOARD_URL
(http://127.0.0.1:8080) with SWITCHBOARD_TOKEN, a token or an API key, where the flags do not say otherwise.

Settings, as flag and as environment variable [default]
${lines.join("\n")}
`;
}
