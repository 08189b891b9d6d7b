import * as v from 'valibot'
import { StorageError, UNREADABLE } from '../storage/storage.ts'

/** A file of the vault's own cannot be read as the record that it should be; the message says why. Nothing in it is used. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

/** The deepest nesting of lists and objects: more than SmugMug sends, and few enough for every reader. */
export const DEEPEST = 200

/** The most characters of a record that is read whole. */
export const LONGEST = 64 * 1024 * 1024

/** Reads a text whole. Throws `RecordError` when it is longer than any record. */
export async function readText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of recordBytes(bytes)) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LONGEST) throw new RecordError('it is larger than any record')
  }
  return text + decoder.decode()
}

/** Passes on the bytes of a record. Throws `RecordError` where a sealed one is damaged: it is no record, as one of damaged text is none. */
export async function* recordBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes
  } catch (error) {
    if (error instanceof StorageError && error.code === UNREADABLE) throw new RecordError(error.message, { cause: error })
    throw error
  }
}

/** Parses JSON from the disk as the schema says. Throws `RecordError` for anything else. */
export function parseJson<const S extends v.GenericSchema>(text: string, schema: S): v.InferOutput<S> {
  return checkShape(parse(text), schema)
}

/** Checks a value that was parsed as JSON. Throws `RecordError` when it does not fit the schema. */
export function checkShape<const S extends v.GenericSchema>(value: unknown, schema: S): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0])
  throw new RecordError(path === null ? 'it is not what it should be' : `its field ${path} is not what it should be`)
}

function parse(text: string): unknown {
  if (isTooDeep(text)) throw new RecordError('it is nested too deeply')
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new RecordError('it is not whole, or no JSON')
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > DEEPEST) return true
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return false
}

const QUOTE = 0x22

/** Returns the index of the quote that ends the string which begins at `start`; the text's length when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return text.length
}

// ── what fields hold ──

/** A whole number that a database keeps exactly. */
export const WHOLE = v.pipe(v.number(), v.safeInteger())

/** A whole number from 0. */
export const COUNT = v.pipe(WHOLE, v.minValue(0))

/** Milliseconds since 1970 that are a date. */
export const TIME = v.pipe(WHOLE, v.minValue(0), v.maxValue(8.64e15))

/** A date as text. */
export const DATE = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text))),
)

/** The name of a file in a folder: no path. */
export const NAME = v.pipe(
  v.string(),
  v.check((name) => name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)),
)

export const MD5 = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))

/** A SHA-256 in lower-case hexadecimal; empty in vaults whose files were taken over by MD5 alone. */
export const SHA256 = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{64})?$/))
