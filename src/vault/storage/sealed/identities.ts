import { ConfigurationError } from '../../../errors.ts'
import { isBech32 } from '../../../flow/bech32.ts'

/**
 * Returns the private keys in the text of a file as `age-keygen` and `key new` write it: one a line, between comments and empty lines.
 * Throws `ConfigurationError`, which shows nothing of the text, for any other line and where there is none. `age -i` reads the same files.
 */
export function identitiesOf(text: string, path: string): readonly string[] {
  const found: string[] = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    if (isBech32(line.trim(), 'AGE-SECRET-KEY-', 74)) found.push(line.trim())
    else throw unfit(`Line ${at + 1} of the key file ${path} ${reasonOf(line)}.`)
  }
  if (found.length === 0) throw unfit(`The key file ${path} holds no private key.`)
  return found
}

const reasonOf = (line: string): string => {
  if (/^age-encryption\.org|^-----BEGIN AGE/.test(line)) return 'is the beginning of a sealed file: open it first, with age -d'
  if (/^age1/.test(line)) return 'is a public key, which opens nothing'
  if (/^AGE-SECRET-KEY-1/i.test(line)) return 'is a private key with a mistyped letter, a gap, or small letters'
  return 'is no private key as age-keygen makes them'
}

const unfit = (message: string): ConfigurationError =>
  new ConfigurationError(message, {
    hint: 'Compare it with the paper, or name another file. Its key is one line: AGE-SECRET-KEY-1 and 58 capitals and digits.',
  })
