/**
 * What GraphiQL would keep in localStorage: documents, variables, headers and history, any of which may hold a
 * secret. Here they end with the page.
 */
export function memoryStorage(): Storage {
  // GraphiQL has no property for how wide the docs are beside the editors.
  const items = new Map([["graphiql:docExplorerFlex", "0.24"]]);
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    clear: () => items.clear(),
  };
}
