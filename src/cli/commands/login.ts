import { defaultConfigPath } from '../../config/load.ts'
import type { Settings } from '../../config/settings.ts'
import { writeTokens } from '../../config/token-lines.ts'
import { ConfigurationError } from '../../errors.ts'
import { openAnswers } from '../answers.ts'
import { hasDisplay, openBrowser } from '../browser.ts'
import type { CommandContext, CommandFunction } from '../command.ts'

const APPLY = 'https://api.smugmug.com/api/developer/apply'

interface ApiKeys {
  readonly apiKey: string
  readonly apiSecret: string
}

/** Returns the API key from the configuration, or asks for it at the terminal. `asked` holds the parts that were typed, to be stored. */
const apiKeys = async ({ io, signal }: CommandContext, settings: Settings): Promise<ApiKeys & { readonly asked: Partial<ApiKeys> }> => {
  const { apiKey, apiSecret } = settings
  if (apiKey !== undefined && apiSecret !== undefined) return { apiKey, apiSecret, asked: {} }
  if (io.stdin.isTTY !== true) {
    throw new ConfigurationError('Signing in needs api_key and api_secret (environment: SMGMG_BK_API_KEY, SMGMG_BK_API_SECRET).', {
      hint: `SmugMug gives them to you at ${APPLY}`,
    })
  }
  const { askApiKeys } = await import('../prompts.ts')
  const asked = await askApiKeys({ apiKey, apiSecret }, { input: io.stdin, output: io.stderr, signal, applyAt: APPLY })
  return {
    ...asked,
    asked: {
      ...(apiKey === undefined ? { apiKey: asked.apiKey } : {}),
      ...(apiSecret === undefined ? { apiSecret: asked.apiSecret } : {}),
    },
  }
}

const variableLine = (name: string, value: string): string =>
  `${name}=${/^[\w.~+/=-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}\n`

/** Signs in at SmugMug, and keeps the tokens in the configuration file or prints them. */
export const login: CommandFunction = async (context) => {
  const { io, stage, options, signal } = context
  const { settings, source, account } = await context.load()
  const path = source ?? (io.home === undefined ? undefined : defaultConfigPath(io.home))
  if (path === undefined && options.print !== true) {
    throw new ConfigurationError('There is no home folder to keep the tokens in.', {
      hint: 'Name a configuration file with --config, or run `smugmug-backup login --print`.',
    })
  }
  const { apiKey, apiSecret, asked } = await apiKeys(context, settings)
  const { signIn } = await context.app()
  const answers = openAnswers(io.stdin)
  const desktop = { platform: io.platform, env: io.env }
  const { userToken, userSecret, nickName } = await signIn({
    settings: { ...settings, apiKey, apiSecret },
    emit: stage.emit,
    ask: (question) => {
      stage.prompt(question)
      return answers.next(signal)
    },
    open: (url) => openBrowser(desktop, url),
    say: stage.say,
    console: options.console === true || !hasDisplay(desktop),
    signal,
  }).finally(answers.close)

  if (path === undefined || options.print === true) {
    if (asked.apiKey !== undefined) await stage.answer(variableLine('SMGMG_BK_API_KEY', asked.apiKey))
    if (asked.apiSecret !== undefined) await stage.answer(variableLine('SMGMG_BK_API_SECRET', asked.apiSecret))
    await stage.answer(variableLine('SMGMG_BK_USER_TOKEN', userToken))
    await stage.answer(variableLine('SMGMG_BK_USER_SECRET', userSecret))
    return { exitCode: 0, message: `Signed in as ${nickName}; no file was changed.` }
  }
  await writeTokens(path, { userToken, userSecret }, { ...asked, account })
  const shadowed = ['SMGMG_BK_USER_TOKEN', 'SMGMG_BK_USER_SECRET'].filter((name) => io.env[name])
  return {
    exitCode: 0,
    message: `Signed in as ${nickName}; the tokens are stored in ${path}, which only you can read.`,
    ...(shadowed.length === 0 ? {} : { hint: `Unset ${shadowed.join(' and ')}: the environment counts before the file.` }),
  }
}
