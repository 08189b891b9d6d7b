import { displayWidth, truncateEnd } from './width.ts'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Left out while it has no text in any row. */
  readonly ifAny?: true
  /** Left out of a table that is too wide: the lowest number first. Absent: always shown. */
  readonly dispensable?: number
  /** The width to which lines may be cut before other columns are left out; for the last column only. */
  readonly atLeast?: number
}

const GAP = 2

/** Returns the width of each column. */
const widthsOf = (columns: readonly Column[], rows: readonly (readonly string[])[]): readonly number[] =>
  columns.map(({ title }, at) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[at] ?? ''))))

const pad = (text: string, width: number, align: Column['align']): string => {
  const room = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'right' ? `${room}${text}` : `${text}${room}`
}

/**
 * Returns a table as lines, its titles first, aligned by the width that a terminal gives each character. The cells must be printable.
 * The last column should be a text: it is not padded. With `columns`, the width of a terminal, no line is wider: dispensable columns are
 * left out until the others fit, then lines are cut.
 */
export const tableLines = (
  layout: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number | undefined = undefined,
): readonly string[] => {
  const widths = widthsOf(layout, rows)
  const shown = new Set(layout.keys())
  for (const [at, { ifAny }] of layout.entries()) if (ifAny === true && rows.every((row) => (row[at] ?? '') === '')) shown.delete(at)
  const neededBy = (at: number): number => Math.min(widths[at] ?? 0, layout[at]?.atLeast ?? Number.POSITIVE_INFINITY)
  const needed = (): number => [...shown].reduce((sum, at) => sum + neededBy(at) + GAP, -GAP)
  const dispensable = [...layout.entries()].filter(([, { dispensable: rank }]) => rank !== undefined)
  for (const [at] of dispensable.toSorted(([, a], [, b]) => (a.dispensable ?? 0) - (b.dispensable ?? 0)))
    if (columns !== undefined && needed() > columns) shown.delete(at)
  const lineOf = (cells: readonly string[]): string =>
    [...shown]
      .map((at) => pad(cells[at] ?? '', widths[at] ?? 0, layout[at]?.align ?? 'left'))
      .join(' '.repeat(GAP))
      .trimEnd()
  const lines = [layout.map(({ title }) => title), ...rows].map(lineOf)
  return columns === undefined ? lines : lines.map((line) => truncateEnd(line, columns))
}
