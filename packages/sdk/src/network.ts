interface NetworkListener {
  readonly online: () => void;
  readonly offline: () => void;
}

/** Listens to the browser's word on the network; elsewhere nothing is heard. The result ends it. */
export function watchNetwork({ online, offline }: NetworkListener): () => void {
  if (typeof addEventListener !== "function") return () => undefined;
  addEventListener("online", online);
  addEventListener("offline", offline);
  return () => {
    removeEventListener("online", online);
    removeEventListener("offline", offline);
  };
}
