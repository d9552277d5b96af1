/** Names of the databases that hold what is kept under a name. */
export function databaseNames(name: string) {
  return { store: `${name} datagrams`, content: `${name} content` };
}

/** Whether something is kept: databases are made at once, when other settings of a page may still wait to be written. */
export async function isKept(name: string): Promise<boolean> {
  try {
    const databases = await indexedDB.databases();
    return databases.some((each) => each.name === databaseNames(name).content);
  } catch {
    // old browsers do not tell
    return false;
  }
}
