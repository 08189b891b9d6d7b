import { isBech32 } from '../flow/bech32.ts'

/** Returns true for a public key that every `age` can seal for: `age1…`, as age-keygen makes them. */
export const isRecipient = (text: string): boolean => isBech32(text, 'age', 62)

/** Returns a text without the private keys of age in it, whatever their spelling. */
export const withoutIdentities = (text: string): string => text.replace(/AGE-SECRET-KEY-(?:\s*[0-9A-Z]){1,59}/gi, 'AGE-SECRET-KEY-…')
