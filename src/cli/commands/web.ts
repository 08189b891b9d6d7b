import { forgetServer, noteServer, readServer, type ServerNote } from '../../app/server-note.ts'
import { isBucketAddress } from '../../config/bucket-address.ts'
import type { Settings } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { askForAddress } from '../../web/ask.ts'
import type { CommandFunction } from '../command.ts'
import { checkPassword, ended, openPage, show, warnOfOthers } from '../local-page.ts'

/** Shows the vault in the browser until Ctrl-C. If its page is open already, prints a fresh address of that one. */
export const web: CommandFunction = async (context) => {
  const { io, stage, signal } = context
  const loaded = await context.load()
  const { settings } = loaded
  checkPassword(settings)
  if (isBucketAddress(settings.destination ?? '')) {
    throw new ConfigurationError('The page shows vaults in folders, and this one lies in a bucket.', {
      hint: 'Make a twin of it to look at: smugmug-backup twin --output DIR',
    })
  }
  const subject = settings.destination ?? (await context.configToWrite()) ?? 'no configuration'
  const running = readServer(io.env, subject)
  const fresh = running && (await askForAddress(running))
  if (fresh !== undefined) {
    await show(context, fresh, 'The page of this vault is open already. A fresh address:')
    return { exitCode: 0, message: 'The page is open already.', silent: true }
  }
  const subjects = new Set([subject])
  // Once a set-up has chosen the folder, a second `web` finds this page by it.
  const settled = ({ destination }: Settings): void => {
    if (destination === undefined) return
    subjects.add(destination)
    noteServer(io.env, destination, note)
  }
  const page = await openPage(context, { settings, settled, hasPage: true, command: 'web' })
  const note: ServerNote = { url: page.url, control: page.control }
  noteServer(io.env, subject, note)
  try {
    await show(context, page.newAddress(), 'Your vault:')
    warnOfOthers(context, settings)
    if (!context.options.quiet) stage.say('Ctrl-C ends it.')
    await ended(signal)
    return { exitCode: 0, message: 'The page is closed.', silent: true }
  } finally {
    for (const each of subjects) forgetServer(io.env, each, note)
    await page.close()
  }
}
