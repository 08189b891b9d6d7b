import { type CommandFunction, pick } from '../command.ts'

/** Puts a vault back into an account at SmugMug. */
export const restore: CommandFunction = async (context) => {
  const app = await context.app()
  const { settings } = await context.load()
  const outcome = await app.runRestore({
    ...context.request(settings),
    ...pick(context.options, 'dryRun', 'into', 'at', 'keepPrivate', 'acceptChanges'),
  })
  return outcome
}
