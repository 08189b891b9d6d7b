/** Files in the manner of PhotoPrism's own backups, which it reads back: YAML, of which each value is a JSON text. */
import { createHash } from 'node:crypto'

type Value = string | number | boolean | undefined

/** Fields of YAML by their names. An absent one is left out. */
export interface Fields {
  readonly [name: string]: Value | Fields | readonly Fields[]
}

/** Renders a YAML document. */
export const yaml = (fields: Fields): string => lines(fields, '').join('')

function lines(fields: Fields, indent: string): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]): readonly string[] => {
    if (value === undefined) return []
    if (Array.isArray(value)) return [`${indent}${name}:\n`, ...value.flatMap((each: Fields) => listed(each, indent))]
    if (typeof value === 'object') return [`${indent}${name}:\n`, ...lines(value as Fields, `${indent}  `)]
    return [`${indent}${name}: ${scalar(value)}\n`]
  })
}

const listed = (fields: Fields, indent: string): readonly string[] =>
  lines(fields, `${indent}  `).map((line, index) => (index === 0 ? `${indent}- ${line.trimStart()}` : line))

/** Renders a value. Characters that YAML takes for line breaks, or does not allow, are escaped. */
const scalar = (value: string | number | boolean): string =>
  JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value).replace(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Returns a number such as PhotoPrism gives: the letter of its kind, and fifteen letters or digits. The same key has the same number. */
export function uid(kind: 'a' | 'p', key: string): string {
  const digest = BigInt(`0x${createHash('sha256').update(`${kind} ${key}`).digest('hex')}`)
  return kind + digest.toString(36).padStart(15, '0').slice(-15)
}
