import { join } from 'node:path'
import { lookAtFolder, makeFolder } from '../../config/new-folder.ts'
import { defaultSettings, type Settings } from '../../config/settings.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError, type ExitCode } from '../../errors.ts'
import type { Problem } from '../../events.ts'
import { formatCount } from '../../events.ts'
import type { CommandContext, CommandFunction, CommandResult, Operations } from '../command.ts'
import { problemText } from '../reporters/exceptions.ts'
import { summaryLines } from '../reporters/summary.ts'

type Result = Awaited<ReturnType<Operations['runVerify']>>

/** Returns a folder for the demo alone: it must not touch a real vault. */
const chooseFolder = async (app: Operations, { io, options }: CommandContext): Promise<string> => {
  const named = options.overrides.destination
  if (typeof named !== 'string') return await app.scratchFolder('smugmug-backup-demo-')
  const folder = absolutePath(io.cwd, named)
  const trouble = await makeFolder(folder)
  const look = await lookAtFolder(folder, { trial: false })
  if (look.kind === 'usable' && look.entries === 0) return folder
  const reason = look.kind === 'usable' ? 'is not empty' : look.kind === 'refused' ? look.reason : `could not be made: it ${trouble}`
  throw new ConfigurationError(`The folder ${folder} ${reason}.`, { hint: 'Name an empty or a new folder for the demo.' })
}

/** Returns one problem of each kind. */
const examples = (problems: readonly Problem[]): readonly Problem[] =>
  problems.filter(({ kind }, index) => problems.findIndex((problem) => problem.kind === kind) === index)

const shown = (stage: CommandContext['stage'], { exitCode, message, totals }: Result): void => {
  const lines = summaryLines({ command: 'backup', dryRun: false, exitCode, message, totals, problems: [], quiet: false })
  for (const line of lines) stage.say(`  ${line.text}`)
}

/** Returns the result of the demo. It succeeds if the first run gets everything, the second finds nothing to do, and every file is proven. */
const verdict = (
  destination: string,
  [first, second, checked, twin]: readonly [Result, Result, Result, Awaited<ReturnType<Operations['runTwin']>>],
): CommandResult => {
  const wrong = [first, second, checked, twin].find(({ exitCode }) => exitCode !== 0)
  const idle = second.totals.stored + second.totals.replaced + second.totals.bytes === 0
  const exitCode: ExitCode = wrong?.exitCode ?? (idle ? 0 : 3)
  const text =
    exitCode === 0
      ? 'The demo went as it should: everything is held and proven, or named.'
      : `The demo did not go as it should: ${wrong?.message ?? second.message}`
  return { exitCode, message: text, totals: first.totals, hint: `Look at it, with a double click: ${join(destination, 'index.html')}` }
}

/** Backs up a simulated account that comes with the program, twice, and verifies the vault. */
export const demo: CommandFunction = async (context) => {
  const { stage } = context
  const [app, { ownFile }, { startSimulator }, { DEMO_KEYS, demoWorld }] = await Promise.all([
    context.app(),
    import('../../app/own-files.ts'),
    import('../../../simulator/simulator.ts'),
    import('../../../simulator/worlds/demo.ts'),
  ])
  const destination = await chooseFolder(app, context)
  const simulator = await startSimulator(demoWorld((path) => ownFile(`simulator/demo/${path}`)))
  try {
    const settings: Settings = { ...defaultSettings, ...DEMO_KEYS, baseUrl: simulator.apiUrl, destination }
    // Without the environment: no proxy may answer for the simulator, and no mark may be left for the demo's vault.
    const request = { ...context.request(settings), env: {} }
    stage.say(`A simulated SmugMug account is backed up into ${destination}\n`)
    const first = await app.runBackup(request)
    shown(stage, first)
    const named = examples(first.problems)
    if (named.length > 0) stage.say('\nWhat could not be had is named, such as:')
    for (const problem of named) stage.say(`  ${problem.kind}: ${problemText(problem)}`)
    stage.say('\nThe same again, with nothing to do:\n')
    const second = await app.runBackup(request)
    shown(stage, second)
    stage.say(
      `  It asked SmugMug ${formatCount(second.totals.apiCalls, 'time')}; the first one ${formatCount(first.totals.apiCalls, 'time')}.`,
    )
    stage.say('\nEvery file is read again and compared:\n')
    const checked = await app.runVerify(request)
    stage.say(`  ${checked.message}`)
    stage.say('\nA web site of it all is made, for you to look at:\n')
    const twin = await app.runTwin(request)
    stage.say(`  ${twin.message}\n`)
    return verdict(destination, [first, second, checked, twin])
  } finally {
    await simulator.close()
  }
}
