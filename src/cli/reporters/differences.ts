import type { Json } from '../../model.ts'
import type { Difference, DiffOutcome } from '../../operations/past/outcome.ts'
import { pageOf } from './page.ts'
import { problemLines } from './summary.ts'

const SIGNS: { readonly [What in Difference['what']]: string } = { came: '+', changed: '~', words: '~', moved: '>', went: '-' }
const NOTES: { readonly [What in Difference['what']]: string } = {
  came: '',
  changed: ': other bytes',
  words: '',
  moved: '',
  went: '',
}
/** Letters of a text that are shown of each of the two values. */
const MOST_OF_A_TEXT = 60

/** Returns the differences for people: album by album, a line each, and a further line for each field whose value differs. */
export function differenceText({ differences, message, problems }: DiffOutcome, columns: number | undefined): string {
  const lines: string[] = []
  let album: string | undefined
  for (const each of differences) {
    if (each.album !== album) lines.push(...(album === undefined ? [] : ['']), each.album || '/')
    album = each.album
    const from = each.from === undefined ? '' : `, from ${each.from}`
    const label = each.name ?? (each.imageKey === undefined ? '(the album or folder itself)' : each.imageKey)
    if (each.what !== 'words') lines.push(`  ${SIGNS[each.what]} ${label}${NOTES[each.what]}${from}`)
    else lines.push(`  ${SIGNS.words} ${label}`)
    for (const [name, { before, after }] of Object.entries(each.fields ?? {}))
      lines.push(`      ${name}: ${shown(before)} → ${shown(after)}`)
  }
  const all = [...lines, ...(lines.length > 0 ? [''] : []), message]
  const exceptions = problems.length === 0 ? '' : `${problemLines({ command: 'diff', problems, quiet: false, columns }).join('\n')}\n`
  return `${pageOf(all, columns)}${exceptions}`
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length > MOST_OF_A_TEXT ? `${text.slice(0, MOST_OF_A_TEXT)}…` : text
}
