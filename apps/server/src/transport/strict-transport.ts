/** Under TLS with every answer: whoever was here shall not come without it for a year (RFC 6797). */
export const strictTransport = { "Strict-Transport-Security": "max-age=31536000" } as const;
