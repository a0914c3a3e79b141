/** A value kept in the browser's storage; what cannot be read or written there is as if it had never been kept. */
export interface Stored<T> {
  read(): T | undefined;
  write(value: T): void;
}

/** Keeps a value as JSON under `key`; `isValid` says whether what lies there is still understood. */
export function stored<T>(
  storage: () => Storage,
  key: string,
  isValid: (value: unknown) => value is T,
): Stored<T> {
  return {
    read() {
      try {
        const value: unknown = JSON.parse(storage().getItem(key) ?? "null");
        return isValid(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    write(value) {
      try {
        storage().setItem(key, JSON.stringify(value));
      } catch {
        // Full, or forbidden: the page works on, and forgets this when it is left.
      }
    },
  };
}
