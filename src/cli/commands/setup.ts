import { isBucketAddress } from '../../config/bucket-address.ts'
import { checkDestination } from '../../config/required.ts'
import { type SettingName, settingsTable, variableOf } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { listed } from '../../flow/listed.ts'
import { timesWords } from '../../service/set-up/clock.ts'
import { missingSettings } from '../../service/set-up/keys.ts'
import type { CommandContext, CommandFunction, CommandResult, Loaded } from '../command.ts'
import { lookAhead } from '../setup/dry-run.ts'
import { goOn, guarded, settleSignIn } from '../setup/guide.ts'
import { beginJourney, fileToWrite, type Journey, terminalOf } from '../setup/journey.ts'

/** Asks for what the configuration lacks, writes it, and looks ahead. Without a terminal it says what is missing. */
export const setup: CommandFunction = async (context) => {
  const loaded = await context.load()
  const output = terminalOf(context)
  if (output === undefined) return await withoutQuestions(context, loaded)
  const journey = await beginJourney(context, loaded, output)
  introduce(journey)
  return await guarded(journey, 'Stopped; nothing was changed.', async () => await goOn(journey, await settleSignIn(journey)))
}

/** Shows what the configuration has. Secrets are not shown. */
const introduce = ({ loaded, path, say }: Journey): void => {
  const { settings, source, account } = loaded
  say(
    `${source === undefined ? 'This writes the configuration' : 'The configuration is'} ${path}${account === undefined ? '' : `, account ${account}`}.`,
  )
  const { apiKey, apiSecret, destination } = settings
  if (apiKey !== undefined && apiSecret !== undefined) say('API key: is there.')
  if (destination !== undefined) say(`Folder: ${destination}`)
  const times = timesWords(settings)
  if (times !== undefined) say(`Backups: ${times}`)
}

/** Lines to write for the missing settings, by section. */
const linesFor = (missing: readonly SettingName[]): string =>
  (['authentication', 'store'] as const)
    .map((section) => ({ section, names: missing.filter((name) => settingsTable[name].section === section) }))
    .filter(({ names }) => names.length > 0)
    .map(
      ({ section, names }) => `[${section}]\n${names.map((name) => `${settingsTable[name].key} = "${EXAMPLES[name] ?? '…'}"`).join('\n')}`,
    )
    .join('\n')

const EXAMPLES: { readonly [Name in SettingName]?: string } = { destination: '/mnt/photos' }

const withoutQuestions = async (context: CommandContext, loaded: Loaded): Promise<CommandResult> => {
  const { settings } = loaded
  const missing = missingSettings(settings)
  if (missing.length > 0) {
    const keys = listed(
      missing.map((name) => settingsTable[name].key),
      'and',
    )
    const variables = missing.map((name) => variableOf(settingsTable[name])).join(', ')
    throw new ConfigurationError(`There is no terminal to ask at, and the configuration lacks ${keys}.`, {
      hint: [
        'Run `smugmug-backup setup` at a terminal, which asks for it; or `smugmug-backup login --console` for the tokens.',
        `Or set ${variables} in the environment.`,
        `Or write these lines into ${await fileToWrite(context)}:`,
        linesFor(missing),
      ].join('\n'),
    })
  }
  // A bucket is looked at with the account.
  const { destination } = settings
  if (destination !== undefined && !isBucketAddress(destination)) await checkDestination(destination)
  const { result, lines } = await lookAhead(context, settings)
  if (!context.options.quiet) for (const line of lines) context.stage.say(line)
  return {
    exitCode: 0,
    message: 'Everything is set up; nothing was changed.',
    hint: 'Next: smugmug-backup',
    ...(result.totals && { totals: result.totals }),
  }
}
