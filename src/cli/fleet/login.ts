import { readFile } from 'node:fs/promises'
import { decodeText } from '../../config/document.ts'
import { type AccountKeys, keysIn } from '../../config/fleet-account.ts'
import { settingsTable } from '../../config/settings.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { checkLinesTo, writeLines } from '../../config/token-lines.ts'
import { ConfigurationError } from '../../errors.ts'
import { shellWord } from '../../progress/shell-word.ts'
import { openAnswers } from '../answers.ts'
import type { CommandContext, CommandResult, Loaded } from '../command.ts'
import { nameOfAccount, withDatabase } from './database.ts'

/** Signs a client in: makes a link for them, reads the six digits that they get, and keeps the keys where the secret of the account says. */
export async function loginAccount(context: CommandContext, name: string): Promise<CommandResult> {
  return await withDatabase(context, 'ask', async (database, loaded) => {
    const { secret } = await nameOfAccount(database, name)
    const path = fileOf(context, loaded, secret)
    if (path !== undefined) await checkLinesTo(path)
    const held = path === undefined ? {} : keysIn(await textAt(path), path)
    const { keys, nickName } = await signIn(context, { ...loaded.settings, ...held })
    const lines = (Object.keys(keys) as (keyof AccountKeys)[]).map((key) => [settingsTable[key].key, keys[key]] as const)
    if (path === undefined) {
      for (const [key, value] of lines) await context.stage.answer(`${key} = ${JSON.stringify(value)}\n`)
      return { exitCode: 0, message: `${nickName} has signed in. Keep these lines where the command of the secret "${secret}" finds them.` }
    }
    await writeLines(path, { authentication: lines }, undefined)
    return {
      exitCode: 0,
      message: `${nickName} has signed in; the keys are stored in ${path}, which only you can read. Next: smugmug-backup fleet run ${shellWord(name)}`,
    }
  })
}

/** Returns the file of a secret; undefined for one that a command prints. */
function fileOf({ io, options }: CommandContext, { secrets }: Loaded, name: string): string | undefined {
  const source = secrets.get(name)
  if (source === undefined) {
    throw new ConfigurationError(`There is no secret "${name}" in this configuration.`, {
      hint: `Write [fleet.secrets.${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)}] into it, and below that config = "FILE", a file that may be missing still.`,
    })
  }
  if (source.kind === 'config') return absolutePath(io.cwd, source.path)
  if (!options.json) return undefined
  throw new ConfigurationError(`fleet login prints the keys of "${name}", for which --json leaves no room.`, { hint: 'Leave --json out.' })
}

async function textAt(path: string): Promise<string> {
  try {
    return decodeText(await readFile(path), path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

async function signIn(
  context: CommandContext,
  settings: Loaded['settings'],
): Promise<{ readonly keys: AccountKeys; readonly nickName: string }> {
  const { io, stage, signal, options } = context
  const { apiKey, apiSecret } = settings
  if (apiKey === undefined || apiSecret === undefined) {
    throw new ConfigurationError('Signing in needs api_key and api_secret.', {
      hint: 'Put them into the file of the secret, or under [authentication] of the configuration.',
    })
  }
  const app = await context.app()
  const answers = openAnswers(io.stdin)
  if (!options.quiet) {
    stage.say('Send this link to your client, and stay in touch: SmugMug lets it live for five minutes.')
    stage.say('Your client opens it, allows access, and passes on the six digits that SmugMug shows.')
  }
  const { userToken, userSecret, nickName } = await app
    .signIn({
      ...context.request(settings),
      ask: (question) => {
        stage.prompt(question)
        return answers.next(signal)
      },
      open: async () => false,
      say: stage.say,
      console: true,
      tries: 3,
    })
    .finally(answers.close)
  return { keys: { apiKey, apiSecret, userToken, userSecret }, nickName }
}
