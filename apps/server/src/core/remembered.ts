/**
 * Makes something of a key, and makes it again only where the key is another than the last time: what comes in a row shares it.
 * @param make of the key alone, or of more that is the same whenever the key is
 */
export function remembered<Key, Made, More = void>(
  make: (key: Key, more: More) => Made,
): (key: Key, more: More) => Made {
  let last: { readonly key: Key; readonly made: Made } | undefined;
  return (key, more) => {
    if (last === undefined || last.key !== key) last = { key, made: make(key, more) };
    return last.made;
  };
}
