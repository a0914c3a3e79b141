/** How deeply may be nested what is encoded anew on its way, such as the details of an error: that takes room on the stack for each level. */
export const nestingMax = 1_000;

/** Whether the value, which came as JSON, has no more levels than that, however deep it is. */
export function isNestedWithin(value: unknown, levels: number): boolean {
  let layer: unknown[] = [value];
  for (let level = 0; level < levels; level += 1) {
    layer = layer.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (layer.length === 0) return true;
  }
  return false;
}
