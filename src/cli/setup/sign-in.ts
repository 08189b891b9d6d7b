import type { Settings } from '../../config/settings.ts'
import { SignInError } from '../../errors.ts'
import { APPLY, APPLY_WORDS, codeTrouble, KEY_LABELS, type KeyName, keyTrouble, wrongKeys } from '../../service/set-up/keys.ts'
import { hasDisplay, openBrowser } from '../browser.ts'
import type { CommandContext, Loaded } from '../command.ts'
import type { Questions } from '../prompts.ts'

/** The number of times that a key or a code is asked for. */
const TRIES = 3

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
    say(APPLY_WORDS)
    say(APPLY)
  }
  for (let tries = 1; ; tries++) {
    for (const name of missing) {
      const check = (answer: string): string | undefined => keyTrouble(name, answer)
      const answer = await questions.line({ message: KEY_LABELS[name], check, secret: name === 'apiSecret' })
      typed = { ...typed, [name]: answer }
      settings = { ...settings, [name]: answer }
    }
    try {
      const { userToken, userSecret, nickName } = await signIn({
        ...context.request(settings),
        ask: () => questions.line({ message: 'The six-digit code', check: codeTrouble }),
        open: (url) => openBrowser(desktop, url),
        say,
        console: options.console === true || !hasDisplay(desktop),
        tries: TRIES,
        ...(options.write && { permission: 'Modify' }),
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
