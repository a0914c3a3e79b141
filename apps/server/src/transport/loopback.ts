/** Whether only this machine can reach a server that listens on this host. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d+){3}|::1|\[::1\]|localhost)$/.test(host);
}
