import { hash, randomUUID } from 'node:crypto'
import { checkPath, nameOf } from './relative-path.ts'

/**
 * [Note: partial names] A file being written is `.<begin>~<hash>.<tag>.part` beside its target. That is 88 bytes at most, so every name
 * that the disk takes can be written. The begin of the target's name is for people, and in ASCII, which no disk respells; the hash is of
 * the whole name. The tag of a resumable file is its validator (32 hexadecimal digits), so no second file is needed; else it is 8 random
 * digits. Earlier versions had `.<name>.<tag>.part`, cut where that was too long: their partial files are recognised and resumed.
 */
const pattern = /^\..+\.([0-9a-f]{8}|[0-9a-f]{32})\.part$/s

/** Could this be a partial file of ours? Nothing else may be stored under such a name. See: [Note: partial names] */
export const isPartialName = (name: string): boolean => pattern.test(name)

/**
 * Throws unless a file may be stored at the path: it must be a path of a storage, and not the name of a partial file. Naming ensures that,
 * so this is a bug.
 */
export const checkTarget = (path: string): void => {
  checkPath(path)
  if (isPartialName(nameOf(path))) throw new Error(`${JSON.stringify(path)} has a name that is reserved for partial files`)
}

/** Returns the start that all partial files of one target have in common, `.` to `.`. See: [Note: partial names] */
export const partialPrefix = (name: string): string => `.${name.slice(0, begin).replace(/[^!-~]/g, '_')}~${hashOf(name)}.`

/** Returns the same for the names of earlier versions, whose partial files are resumed. See: [Note: partial names] */
export const formerPrefix = (name: string): string =>
  Buffer.byteLength(name) <= formerStem ? `.${name}.` : `.${cut(name, formerStem - 1 - hashDigits)}~${hashOf(name)}.`

/** Characters of the target's name in its partial files' names. */
const begin = 32
const hashDigits = 16
const formerStem = 255 - '..'.length - 32 - '.part'.length

const hashOf = (name: string): string => hash('sha256', name).slice(0, hashDigits)

/** Returns the name of a target's partial file that can be resumed under this validator. See: [Note: partial names] */
export const resumableName = (name: string, validator: string): string => `${partialPrefix(name)}${validator}.part`

/** Returns a name for a partial file that will not be resumed. See: [Note: partial names] */
export const temporaryName = (name: string): string => `${partialPrefix(name)}${randomUUID().slice(0, 8)}.part`

/** Returns the validator in a partial file's name; undefined for a file that cannot be resumed. See: [Note: partial names] */
export const validatorIn = (name: string): string | undefined => {
  const tag = pattern.exec(name)?.[1]
  return tag?.length === 32 ? tag : undefined
}

/** Returns the prefix (see `partialPrefix`) of a name that `isPartialName`. */
export const prefixOf = (name: string): string => name.slice(0, name.lastIndexOf('.', name.length - '.part'.length - 1) + 1)

/** Returns the first bytes of a text, without half a character at the end. */
const cut = (text: string, bytes: number): string => {
  let length = 0
  let end = 0
  for (const character of text) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    end += character.length
  }
  return text.slice(0, end)
}
