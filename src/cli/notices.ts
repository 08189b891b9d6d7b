/** The notices of the service: opened with the settings as they are now, and tried. */
import type { Settings } from '../config/settings.ts'
import { ConfigurationError } from '../errors.ts'
import { formatCount } from '../events.ts'
import { reportedStore } from '../service/notify/memory.ts'
import { type Delivery, type Notifier, openNotifier, testNotify } from '../service/notify/notifier.ts'
import type { CommandContext, CommandResult } from './command.ts'

/** Opens the notices of a service. They go the ways of the settings that `use` was given last, and none before that. */
export function openNotices({ io, stage }: CommandContext): Notifier & { use(settings: Settings): void } {
  let current: Notifier | undefined
  let ways = ''
  return {
    use: (settings) => {
      const { destination, notifyUrls, notifyPingUrl, notifyCommand, notifySilentDays, notifySuccess } = settings
      const text = JSON.stringify([destination, notifyUrls, notifyPingUrl, notifyCommand, notifySilentDays, notifySuccess])
      if (text === ways || destination === undefined) return
      ways = text
      current = openNotifier({
        settings,
        env: io.env,
        store: reportedStore(io.env, destination),
        failed: (lost) => stage.emit({ event: 'warning', message: lostWords(lost) }),
      })
    },
    began: (task) => current?.began(task),
    consider: async (facts) => await current?.consider(facts),
    close: async () => await current?.close(),
  }
}

/** Sends a message over every way of the settings, and says which of them work. */
export async function tryNotices({ io, stage, options, load }: CommandContext): Promise<CommandResult> {
  const { settings } = await load()
  const deliveries = await testNotify({ settings, env: io.env }, io.now())
  if (deliveries.length === 0)
    throw new ConfigurationError('No way for messages is set up.', {
      hint: 'Set urls, ping_url or command under [notify]: docs/notifications.md.',
    })
  const failed = deliveries.filter(({ trouble }) => trouble !== undefined)
  for (const { way, trouble, ...more } of deliveries) {
    if (trouble !== undefined) stage.emit({ event: 'warning', message: lostWords({ way, trouble, ...more }) })
    else if (!options.quiet) stage.say(`Sent: ${way}.`)
  }
  return failed.length === 0
    ? { exitCode: 0, message: `${formatCount(deliveries.length, 'message')} sent.`, silent: true }
    : { exitCode: 3, message: 'Not every message went out.', silent: true }
}

/** Says that a message did not go out on one way, or not to all of its people. */
export const lostWords = ({ way, trouble, isPartly }: Delivery & { readonly trouble: string }): string =>
  `${isPartly ? 'A message did not reach everybody' : 'A message did not go out'}: ${way} ${trouble}.`
