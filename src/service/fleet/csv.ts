/** Reads tables with commas: RFC 4180, with the line ends and the byte-order mark of any program. */

/** One row, and the line of the file that it begins in. */
export interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

/** A text is no table. The message is for people. */
export class NoTable extends Error {
  override readonly name = 'NoTable'
}

/** Returns the rows of a table; empty lines are none. Throws `NoTable` when a quotation mark stands where none may be. */
export function readCsv(text: string, separator: ',' | ';' = ','): readonly Row[] {
  const rows: Row[] = []
  let line = 1
  let begun = 1
  let cells: string[] = []
  const cell = new RegExp(`"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*)`, 'y')
  const end = new RegExp(`${separator}|\\r\\n|\\n|\\r|$`, 'y')
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at <= text.length; ) {
    cell.lastIndex = at
    const [whole = '', quoted, plain = ''] = cell.exec(text) ?? []
    end.lastIndex = at + whole.length
    const [after] = end.exec(text) ?? []
    if (after === undefined) throw new NoTable(`line ${line}: a quotation mark stands in the middle, or has no end`)
    cells.push(quoted?.replaceAll('""', '"') ?? plain)
    at = end.lastIndex
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (after === separator) continue
    if (cells.some((each) => each !== '')) rows.push({ line: begun, cells })
    line += 1
    begun = line
    cells = []
    if (after === '') break
  }
  return rows
}
