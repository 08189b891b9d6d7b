import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'
import { albumTree } from '../reporters/album-tree.ts'

/** Shows what a backup would hold. */
export const list: CommandFunction = async (context) => {
  const { options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const result = await app.runList(context.work(settings))
    for (const album of result.albums) stage.line({ event: 'album', ...album })
    stage.close()
    if (!options.json) await stage.answer(albumTree(result.albums))
    return { ...result, silent: !options.json && result.exitCode === 0 }
  })
}
