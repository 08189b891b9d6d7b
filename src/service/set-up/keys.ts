/** The keys of a set-up, with the words that the terminal and the local page have for them. */
import { type Settings, settingsTable } from '../../config/settings.ts'
import type { SignInError } from '../../errors.ts'

/** The page where SmugMug gives API keys. */
export const APPLY = 'https://api.smugmug.com/api/developer/apply'

/** Names the place of API keys. */
export const APPLY_WORDS = 'SmugMug gives you an API key of your own, free of charge:'

/** The two halves of a key for SmugMug's API. */
export type KeyName = 'apiKey' | 'apiSecret'

/** The names of a key and its secret on every face. */
export const KEY_LABELS: { readonly [Name in KeyName]: string } = { apiKey: 'Your API key', apiSecret: 'The API secret' }

/** Returns the halves of the key that this refusal calls wrong. */
export const wrongKeys = ({ problem }: SignInError): readonly KeyName[] => {
  if (problem === 'signature_invalid') return ['apiSecret']
  return problem?.startsWith('consumer_key_') === true ? ['apiKey', 'apiSecret'] : []
}

/** Says why a text can be no key; undefined for one that can. */
export const keyTrouble = (name: KeyName, text: string): string | undefined =>
  settingsTable[name].kind.read(text) === undefined ? 'Leave the quotation marks out.' : undefined

/** Says why a text can be no code of SmugMug's; undefined for one that can. */
export const codeTrouble = (text: string): string | undefined =>
  /^\d{6}$/.test(text.replace(/[\s\u2010-\u2015-]+/g, '')) ? undefined : 'The code has six digits.'

/** The settings without which nothing can be backed up, in the order of the set-up. */
export const NEEDED = ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'] as const

/** Returns the settings that a backup needs and that are missing, in the order of the set-up. */
export const missingSettings = (settings: Settings): readonly (typeof NEEDED)[number][] =>
  NEEDED.filter((name) => settings[name] === undefined)
