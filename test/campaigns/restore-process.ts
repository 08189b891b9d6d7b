/** A restore as a process of its own, which can be killed, with waits that a trial can wait. Its settings are in the environment. */
import { runRestore } from '../../src/app/restore.ts'
import { defaultSettings, type Settings } from '../../src/config/settings.ts'

const at = process.env.RESTORE_AT
const { exitCode, message, problems } = await runRestore({
  ...(at !== undefined && { at }),
  settings: { ...defaultSettings, ...(JSON.parse(process.env.RESTORE_SETTINGS ?? '{}') as Partial<Settings>) },
  // A run that is killed has said by then what went wrong.
  emit: (event) => void (event.event === 'problem' && process.stderr.write(`${JSON.stringify(event.problem)}\n`)),
  signal: new AbortController().signal,
  env: process.env,
  bounds: { waits: [50, 100, 200, 400] },
})
process.stdout.write(`${JSON.stringify({ message, problems })}\n`)
process.exitCode = exitCode
