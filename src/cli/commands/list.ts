import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { albumTree } from '../reporters/album-tree.ts'

/** Shows the albums that a backup would hold. */
export const list: CommandFunction = async (context) => {
  const { io, options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const result = await app.runList(context.request(settings))
    const facts = pick(result, 'byGrade', 'estimatedMs', 'folderNames')
    for (const album of result.albums) stage.line({ event: 'album', ...album })
    stage.line({ event: 'list', ...facts })
    stage.close()
    if (!options.json) await stage.answer(albumTree(result.albums, { ...facts, columns: columnsOf(io.stdout) }))
    return { ...result, silent: !options.json && result.exitCode === 0 }
  })
}
