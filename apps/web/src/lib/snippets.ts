import { compactJson } from "./json-tokens.ts";

/** A message as it is sent, and to where. */
export interface Message {
  readonly crmIds: readonly string[];
  readonly name: string;
  /** The data as JSON text. */
  readonly text: string;
}

/** The server that a program sends to. */
export interface Target {
  readonly url: string;
  /** Whether it asks for a key: programs take theirs from SWITCHBOARD_API_KEY, never from what is copied here. */
  readonly asksForKey: boolean;
}

/** A way to send the same message from a program. */
export interface Snippet {
  readonly id: "curl" | "php" | "typescript";
  readonly label: string;
  readonly write: (server: Target, message: Message) => string;
}

export const snippets: readonly Snippet[] = [
  { id: "curl", label: "curl", write: curlSnippet },
  { id: "php", label: "PHP", write: phpSnippet },
  { id: "typescript", label: "TypeScript", write: typescriptSnippet },
];

/** One line for a POSIX shell. */
export function curlSnippet({ url, asksForKey }: Target, message: Message): string {
  const key = asksForKey ? ` -H "Authorization: Bearer $SWITCHBOARD_API_KEY"` : "";
  return `curl ${url}/api/v1/publish${key} -H 'Content-Type: application/json' -d ${shellQuote(bodyOf(message))}`;
}

/** PHP without libraries. */
export function phpSnippet({ url, asksForKey }: Target, message: Message): string {
  const key = asksForKey ? ", 'Authorization: Bearer ' . getenv('SWITCHBOARD_API_KEY')" : "";
  return `<?php
$request = curl_init(${phpQuote(`${url}/api/v1/publish`)});
curl_setopt_array($request, [
    CURLOPT_POSTFIELDS => ${phpQuote(bodyOf(message))},
    CURLOPT_HTTPHEADER => ['Content-Type: application/json'${key}],
    CURLOPT_RETURNTRANSFER => true,
]);
echo curl_exec($request);
`;
}

/** TypeScript on the SDK. */
export function typescriptSnippet({ url, asksForKey }: Target, { crmIds, name, text }: Message): string {
  const exact = isExactAsLiteral(text);
  const data = exact ? compactJson(text) : `jsonText(${JSON.stringify(compactJson(text))})`;
  return `import { createPublisher${exact ? "" : ", jsonText"} } from "@switchboard/sdk";

const switchboard = createPublisher({ url: ${JSON.stringify(url)}${asksForKey ? ", apiKey: process.env.SWITCHBOARD_API_KEY" : ""} });
await switchboard.publish({
  crmIds: ${JSON.stringify(crmIds)},
  name: ${JSON.stringify(name)},
  data: ${data},
});
`;
}

/** The text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The text as a single-quoted PHP string. */
export function phpQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function bodyOf({ crmIds, name, text }: Message): string {
  const named = name === "" ? "" : `"name":${JSON.stringify(name)},`;
  return `{"crmIds":${JSON.stringify(crmIds)},${named}"data":${compactJson(text)}}`;
}

/** Whether the JSON means the same when it stands as a literal in a program. */
function isExactAsLiteral(text: string): boolean {
  const compact = compactJson(text);
  return !compact.includes('"__proto__"') && JSON.stringify(JSON.parse(compact)) === compact;
}
