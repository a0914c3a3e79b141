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
  switchboard publish <crmId|topic> <json>  [--name NAME] [--url URL]
  switchboard listen <crmId|topic>...       [--url URL]
  switchboard token --sub anna --crm-ids 42,43 --for 1h    prints a token, signed with SWITCHBOARD_JWT_SECRET
                    [--subscribe|--publish|--call|--register PATTERN,...] [--read] [--admin] [--tickets]
  switchboard doctor [settings]         tells what is open that should not be; exits with 1 where something is
  switchboard --help | --version

A word of letters, digits, _ and - means a crmId; everything else is a topic.

Settings, as flag and as environment variable [default]
${lines.join("\n")}
`;
}
