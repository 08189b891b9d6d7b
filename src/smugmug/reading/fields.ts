import * as v from 'valibot'
import { isObject } from '../../model.ts'
import { linkOf } from '../wire/answer.ts'

/*
 * Schemas of single fields. SmugMug leaves fields out, changes their types over the years, and fills them with junk (fact sheet 2.1, 4.2).
 * Each schema accepts anything; a value that it cannot read counts as absent.
 */

/** Makes a schema that reads a field with this function; a missing field is undefined. */
const lenient = <T>(read: (value: unknown) => T | undefined) => v.optional(v.pipe(v.unknown(), v.transform(read)))

/** Text, as received. A number or boolean is rendered as JavaScript prints it. */
export const text = lenient((value): string | undefined => {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
})

/** Text; empty text counts as absent. */
export const filledText = lenient((value): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' ? String(value) : undefined
})

/** A number, also as text (`"24.765"`). */
export const decimal = lenient((value): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
})

/** A whole number from 0, also as text. */
export const count = lenient((value): number | undefined => {
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
})

/** The size of a file in bytes, also as text; 0 counts as unknown. */
export const size = lenient((value): number | undefined => {
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined
})

/** Yes or no, also as text or number. */
export const flag = lenient((value): boolean | undefined => {
  if (typeof value === 'boolean') return value
  if (value === 1 || (typeof value === 'string' && /^(true|yes|1)$/i.test(value))) return true
  if (value === 0 || (typeof value === 'string' && /^(false|no|0)$/i.test(value))) return false
  return undefined
})

/** An MD5 in hexadecimal, lower-cased. */
export const md5 = lenient((value): string | undefined =>
  typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value) ? value.toLowerCase() : undefined,
)

/** The address of a file. */
export const fileUrl = lenient((value): string | undefined =>
  typeof value === 'string' && /^https?:\/\//i.test(value) ? value : undefined,
)

/** A list of texts; PHP's empty hash `{}`, and a hash with numbers for names, are lists too. */
export const texts = lenient((value): readonly string[] | undefined => {
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : undefined
  return list?.filter((entry) => typeof entry === 'string' || typeof entry === 'number').map(String)
})

/** `;`-separated keywords; a list, as nodes have it, is joined. */
export const keywords = lenient((value): string | undefined => {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').join('; ') : undefined
})

/**
 * `Uris`: the addresses of related things, by name. Each is an object with a `Uri`, or with `_verbosity=1` the address itself;
 * the whole may be absent (fact sheet 2.1, 2.2).
 */
export const links = lenient((value): Readonly<Record<string, string>> | undefined => {
  if (!isObject(value)) return undefined
  const found: Record<string, string> = {}
  for (const name of Object.keys(value)) {
    const uri = linkOf(value, name)
    if (uri !== undefined) found[name] = uri
  }
  return found
})

/** Leaves out undefined fields: absent means unknown. */
export const known = <T extends object>(fields: T): Known<T> => {
  // A loop, because this runs for every item of an account.
  const result: Record<string, unknown> = {}
  for (const name in fields) if (fields[name] !== undefined) result[name] = fields[name]
  // A copy: an object that grew field by field takes twice the memory of one made whole.
  return { ...result } as Known<T>
}

/** The same object type; fields that may be undefined become fields that may be absent. */
export type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
