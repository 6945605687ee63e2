/**
 * Makes a value of a key, and gives the same one as long as the key is the same: for what thousands of requests in a
 * row have in common. One value is kept, so that nothing grows; keys that take turns make each value anew.
 */
export function rememberLast<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | null = null;
  return (key) => {
    if (last === null || last.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
