// Names and texts as they stand in a statement (pure): an id or a name is anybody's text.

/** Always: a plain name may be a word of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
