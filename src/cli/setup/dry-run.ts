import { isBucketAddress } from '../../config/bucket-address.ts'
import type { Settings } from '../../config/settings.ts'
import { formatNumber } from '../../events.ts'
import { freeBytes } from '../../flow/disk-room.ts'
import { lackingRoom, type Outlook, outlookOf, outlookWords, roomWords } from '../../service/set-up/outlook.ts'
import type { CommandContext, CommandResult } from '../command.ts'

/** A look at the account before the first backup. */
export interface LookAhead {
  readonly result: CommandResult
  /** Lines for people. */
  readonly lines: readonly string[]
}

/** Asks the account what a backup would bring: items, bytes and time. Downloads nothing, and lists no album. */
export const lookAhead = async (context: CommandContext, settings: Settings): Promise<LookAhead> => {
  const app = await context.app()
  const result = await app.runList(context.request(settings))
  const { destination } = settings
  // A bucket has room for all.
  const folder = destination === undefined || isBucketAddress(destination) ? undefined : destination
  const free = folder === undefined ? undefined : await freeBytes(folder)
  const whole = outlookOf(result)
  const lacking = lackingRoom(whole, free)
  const outlook: Outlook =
    folder !== undefined && lacking > 0
      ? { ...whole, lying: await app.runLying({ ...context.request(settings), folder, enough: lacking }) }
      : whole
  context.stage.line({ event: 'outlook', ...outlook })
  const room = roomWords(outlook, free)
  const held = outlook.held > 0 ? `${formatNumber(outlook.held)} are held already.` : undefined
  const lines = [`Dry run: ${outlookWords(outlook)}`, held, room].filter((line) => line !== undefined)
  return { result, lines }
}
