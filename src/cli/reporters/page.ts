import { printable } from '../../progress/printable.ts'
import { wrapped } from './width.ts'

/** Returns lines as a text that is printable and no wider than the terminal. Without `columns` no line is broken. */
export const pageOf = (lines: readonly string[], columns: number | undefined): string =>
  `${lines.flatMap((line) => wrapped(printable(line), columns)).join('\n')}\n`
