import type { Clock } from "../core/clock.ts";
import { readCertificate, type Certificate, type CertificateFiles } from "./certificate.ts";

/** How often the files are looked at, in ms. A change counts once two looks in a row saw the same: it may be half written. */
const certificateLookMs = 1_000;

/** Who wants to know of certificates. */
export interface CertificateListener {
  /** There is another pair, and it is good. */
  changed(pair: Certificate): void;
  /** There is another pair, and it cannot be used. */
  failed(error: unknown): void;
}

/** What one look found; two are alike where their texts are. */
interface Sight {
  readonly text: string;
  readonly pair?: Certificate;
  readonly error?: unknown;
}

/**
 * Looks at the files, links and all, until the result is called. It looks rather than lets itself be told: renames, links that are turned to
 * other folders and network file systems all tell it in ways of their own, or not at all.
 */
export function watchCertificate(
  files: CertificateFiles,
  inUse: Certificate,
  clock: Clock,
  listener: CertificateListener,
): () => void {
  let stopNext = (): void => {};
  let isOver = false;
  let last = sightOf(inUse);
  let handled = last;
  const look = async (): Promise<void> => {
    const sight = await see(files);
    if (isOver) return;
    const isSettled = sight.text === last.text;
    last = sight;
    if (isSettled && sight.text !== handled.text) {
      handled = sight;
      tell(listener, sight);
    }
    stopNext = clock.after(certificateLookMs, () => void look());
  };
  stopNext = clock.after(certificateLookMs, () => void look());
  return () => {
    isOver = true;
    stopNext();
  };
}

async function see(files: CertificateFiles): Promise<Sight> {
  try {
    return sightOf(await readCertificate(files));
  } catch (error) {
    return { text: (error as Error).message, error };
  }
}

function tell(listener: CertificateListener, { pair, error }: Sight): void {
  if (pair === undefined) return listener.failed(error);
  try {
    listener.changed(pair);
  } catch (fault) {
    listener.failed(fault);
  }
}

function sightOf(pair: Certificate): Sight {
  return { text: `${pair.cert}\n${pair.key}`, pair };
}
