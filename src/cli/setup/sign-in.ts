import { type Settings, settingsTable } from '../../config/settings.ts'
import { SignInError } from '../../errors.ts'
import { hasDisplay, openBrowser } from '../browser.ts'
import type { CommandContext, Loaded } from '../command.ts'
import type { Questions } from '../prompts.ts'

/** The page where SmugMug gives API keys. */
export const APPLY = 'https://api.smugmug.com/api/developer/apply'

/** The number of times that a key or a code is asked for. */
const TRIES = 3

type KeyName = 'apiKey' | 'apiSecret'

/** A sign-in that succeeded, and the keys that were typed for it. */
export interface NewSignIn {
  readonly settings: Settings
  readonly nickName: string
  readonly typed: { readonly [Name in KeyName]?: string }
}

/** The parts of a command that a sign-in needs. */
export interface SignInPlace {
  readonly context: CommandContext
  readonly loaded: Loaded
  readonly questions: Questions
  say(text: string): void
}

/** Returns the keys that this refusal calls wrong. */
const wrongKeys = (error: SignInError): readonly KeyName[] => {
  if (error.problem === 'signature_invalid') return ['apiSecret']
  return error.problem?.startsWith('consumer_key_') === true ? ['apiKey', 'apiSecret'] : []
}

const QUESTIONS: { readonly [Name in KeyName]: string } = { apiKey: 'Your API key', apiSecret: 'The API secret' }

const digits = (answer: string): string | undefined =>
  /^\d{6}$/.test(answer.replace(/[\s\u2010-\u2015-]+/g, '')) ? undefined : 'The code has six digits.'

/**
 * Signs in at a terminal: asks for missing keys, for a wrong one or a wrong code again, three times in all. Throws `SignInError` with
 * SmugMug's reason when that does not help. A key from the environment is not asked for, because it would count before the new one.
 */
export const signInAtTerminal = async ({ context, loaded, questions, say }: SignInPlace): Promise<NewSignIn> => {
  const { signIn } = await context.app()
  const { io, options } = context
  const desktop = { platform: io.platform, env: io.env }
  let settings = loaded.settings
  let typed: NewSignIn['typed'] = {}
  let missing = (['apiKey', 'apiSecret'] as const).filter((name) => settings[name] === undefined)
  if (missing.length > 0) {
    say('SmugMug gives you an API key of your own, free of charge:')
    say(APPLY)
  }
  for (let tries = 1; ; tries++) {
    for (const name of missing) {
      const { kind } = settingsTable[name]
      const check = (answer: string): string | undefined => (kind.read(answer) === undefined ? 'Leave the quotation marks out.' : undefined)
      const answer = await questions.line({ message: QUESTIONS[name], check, secret: name === 'apiSecret' })
      typed = { ...typed, [name]: answer }
      settings = { ...settings, [name]: answer }
    }
    try {
      const { userToken, userSecret, nickName } = await signIn({
        ...context.request(settings),
        ask: () => questions.line({ message: 'The six-digit code', check: digits }),
        open: (url) => openBrowser(desktop, url),
        say,
        console: options.console === true || !hasDisplay(desktop),
        tries: TRIES,
      })
      return { settings: { ...settings, userToken, userSecret }, nickName, typed }
    } catch (error) {
      if (!(error instanceof SignInError)) throw error
      const wrong = wrongKeys(error)
      if (tries === TRIES || wrong.length === 0 || wrong.some((name) => loaded.fromEnvironment.has(name))) throw error
      say(`${error.message} ${error.hint}`)
      missing = [...wrong]
    }
  }
}
