import { withoutIdentities } from './age-keys.ts'
import { secretsOfAddress } from './notify-address.ts'
import { type Settings, settingRows } from './settings.ts'

const mask = '***'

/** Returns the secret values among the settings, for `redact` to mask. */
export const secretsOf = (settings: Settings): readonly string[] =>
  settingRows.flatMap(({ name, kind }) => {
    const value = settings[name]
    if (kind.secret === undefined) return []
    const texts = [value].flat().filter((text) => typeof text === 'string')
    return texts.flatMap((text) => (text.includes('://') ? secretsOfAddress(text) : [text]))
  })

/** Returns a secret in every spelling that a text may contain: plain, in an address, in a signature, in JSON. */
const spellings = (secret: string): readonly string[] => {
  const inAddress = encodeURIComponent(secret.toWellFormed())
  const inSignature = inAddress.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  return [secret, inAddress, inSignature, encodeURIComponent(inSignature), JSON.stringify(secret).slice(1, -1)]
}

/** Masks every secret in a text, also when it is escaped for an address, an OAuth signature or JSON; and every private key of age. */
export const redact = (text: string, secrets: Iterable<string>): string =>
  [...new Set([...secrets].filter((secret) => secret !== '').flatMap(spellings))]
    // The longest first: a secret that is part of another must not leave the rest of it.
    .sort((a, b) => b.length - a.length)
    .reduce((masked, spelling) => masked.replaceAll(spelling, mask), withoutIdentities(text))
