import { type SettingName, settingsTable, variableOf } from '../../config/settings.ts'
import { checkLinesTo, writeLines } from '../../config/token-lines.ts'
import { ConfigurationError } from '../../errors.ts'
import { APPLY } from '../../service/set-up/keys.ts'
import { openAnswers } from '../answers.ts'
import { hasDisplay, openBrowser } from '../browser.ts'
import type { CommandContext, CommandFunction, CommandResult, Loaded } from '../command.ts'
import type { Output } from '../io.ts'
import { goOn, guarded, hiding, keepSignIn, next } from '../setup/guide.ts'
import { beginJourney, fileToWrite, isComplete, isStop, questionsAt, terminalOf } from '../setup/journey.ts'
import { type NewSignIn, signInAtTerminal } from '../setup/sign-in.ts'

const NOT_SIGNED_IN = 'Not signed in; nothing was changed.'

/** Signs in at SmugMug, and keeps the tokens in the configuration file or prints them. At a terminal it goes on into the set-up. */
export const login: CommandFunction = async (context) => {
  const { options, signal } = context
  const loaded = forWriting(context, await context.load())
  const output = terminalOf(context)
  if (options.print === true || options.write === true || output === undefined) {
    if (options.print !== true) await checkLinesTo(await fileToWrite(context))
    try {
      return await withoutSetup(context, loaded, output)
    } catch (error) {
      if (isStop(error, signal)) return { exitCode: 130, message: NOT_SIGNED_IN }
      throw error
    }
  }
  const journey = await beginJourney(context, loaded, output)
  return await guarded(journey, NOT_SIGNED_IN, async () => {
    await checkLinesTo(journey.path)
    const signedIn = await signInAtTerminal(journey)
    await keepSignIn(journey, signedIn)
    if (!options.quiet && !isComplete(signedIn.settings)) return await goOn(journey, signedIn.settings)
    return { exitCode: 0, message: 'Everything is set up.', hint: next(journey) }
  })
}

/** Returns the settings with the second API key in the place of the first, where the sign-in is for writing and there is one. */
const forWriting = ({ options }: CommandContext, loaded: Loaded): Loaded => {
  const { settings } = loaded
  if (options.write !== true || settings.writeApiKey === undefined) return loaded
  return { ...loaded, settings: { ...settings, apiKey: settings.writeApiKey, apiSecret: settings.writeApiSecret } }
}

/** Signs in without questions about the rest: for a pipe, for `--json`, and for those who use the environment. */
const withoutSetup = async (context: CommandContext, loaded: Loaded, output: Output | undefined): Promise<CommandResult> => {
  const { stage, options } = context
  const signedIn = output === undefined ? await fromPipe(context, loaded) : await atTerminal(context, loaded, output)
  const { settings, nickName, typed } = signedIn
  const { userToken: token = '', userSecret: secret = '' } = settings
  const names: readonly [SettingName, SettingName] = options.write === true ? ['writeToken', 'writeSecret'] : ['userToken', 'userSecret']
  const given: readonly (readonly [SettingName, string | undefined])[] = [
    ['apiKey', typed.apiKey],
    ['apiSecret', typed.apiSecret],
    [names[0], token],
    [names[1], secret],
  ]
  const values = given.flatMap(([name, value]) => (value === undefined ? [] : [{ row: settingsTable[name], value }]))
  if (options.print === true) {
    for (const { row, value } of values) await stage.answer(variableLine(variableOf(row), value))
    return { exitCode: 0, message: `Signed in as ${nickName}; no file was changed.` }
  }
  const path = await fileToWrite(context)
  await writeLines(path, { authentication: values.map(({ row, value }) => [row.key, value] as const) }, loaded.account)
  const shadowed = hiding(loaded, names)
  const purpose = options.write === true ? ' (to write)' : ''
  return {
    exitCode: 0,
    message: `Signed in as ${nickName}${purpose}; the tokens are stored in ${path}, which only you can read.`,
    ...(shadowed.length === 0 ? {} : { hint: `Unset ${shadowed.join(' and ')}: the environment counts before the file.` }),
  }
}

const atTerminal = async (context: CommandContext, loaded: Loaded, output: Output): Promise<NewSignIn> => {
  const questions = await questionsAt(context, output)
  return await signInAtTerminal({ context, loaded, questions, say: context.stage.say })
}

const fromPipe = async (context: CommandContext, loaded: Loaded): Promise<NewSignIn> => {
  const { io, stage, options, signal } = context
  const { settings } = loaded
  if (settings.apiKey === undefined || settings.apiSecret === undefined) {
    throw new ConfigurationError('Signing in needs api_key and api_secret (environment: SMGMG_BK_API_KEY, SMGMG_BK_API_SECRET).', {
      hint: `SmugMug gives them to you at ${APPLY}`,
    })
  }
  const { signIn } = await context.app()
  const answers = openAnswers(io.stdin)
  const desktop = { platform: io.platform, env: io.env }
  const { nickName, ...tokens } = await signIn({
    ...context.request(settings),
    ask: (question) => {
      stage.prompt(question)
      return answers.next(signal)
    },
    open: (url) => openBrowser(desktop, url),
    say: stage.say,
    console: options.console === true || !hasDisplay(desktop),
    ...(options.write && { permission: 'Modify' }),
  }).finally(answers.close)
  return { settings: { ...settings, ...tokens }, nickName, typed: {} }
}

const variableLine = (name: string, value: string): string =>
  `${name}=${/^[\w.~+/=-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}\n`
