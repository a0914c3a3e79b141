/**
 * Runs `act` once in the next animation frame, however often it is asked before; in a hidden tab, which has no
 * frames, within a second.
 */
export function oncePerFrame(act: () => void): () => void {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = undefined;
    act();
  };
  return () => {
    if (timer !== undefined) return;
    frame = requestAnimationFrame(run);
    timer = setTimeout(run, 1_000);
  };
}
