/** Notifies the owner of a vault when a trouble begins and when it ends. */
import { readNotifyAddress } from '../../config/notify-address.ts'
import { redact, secretsOf } from '../../config/secrets.ts'
import type { Settings } from '../../config/settings.ts'
import { formatDuration } from '../../progress/format.ts'
import type { TaskKind } from '../tasks.ts'
import { commandWay } from './command.ts'
import { call, type Moment, ntfyWay, pingCall, webhookWay } from './http.ts'
import { mailWay } from './mail.ts'
import { type Facts, type News, newsOf, type Owed, type Reported } from './news.ts'
import { PartlySentError, SendError, type Way } from './way.ts'

/** The time that one message may take on one way, in milliseconds. */
const SEND_MS = 30_000

/** The end of one message on one way. */
export interface Delivery {
  /** Such as `mail by smtp.example.org`. */
  readonly way: string
  /** The reason why it did not go out; absent if it did. */
  readonly trouble?: string
  /** It went out to some people, and the trouble is about the others. */
  readonly isPartly?: true
}

/** The memory of the open troubles, which outlives the process. */
export interface ReportedStore {
  /** Returns undefined before the first look. */
  read(): Reported | undefined
  write(reported: Reported): void
}

/** The surroundings of the messages. */
export interface NotifierOptions {
  readonly settings: Settings
  readonly env: Readonly<Record<string, string | undefined>>
  readonly store: ReportedStore
  /** Hears of each message that did not go out. */
  failed(delivery: Delivery & { readonly trouble: string }): void
  /** Default: 30 seconds. */
  readonly sendMs?: number
}

/** Notifies the owner. Nothing here ever throws into a run or holds it up: each message has an end of its own. */
export interface Notifier {
  /** Notes that a task begins. */
  began(task: { readonly kind: TaskKind }): void
  /** Compares the facts with the open troubles, reports the difference, and remembers each message that went out on at least one way. */
  consider(facts: Facts): Promise<void>
  /** Waits for what is on its way. */
  close(): Promise<void>
}

/** Opens the ways that the settings name. */
export function openNotifier(options: NotifierOptions): Notifier {
  const { settings, store } = options
  const send = openSender(options)
  const wishes = { silentDays: settings.notifySilentDays, success: settings.notifySuccess }
  let reported: Reported | undefined
  // One after the other: each look begins where the last one ended.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work)
    return last
  }
  const ping = async (moment: Moment): Promise<void> => {
    const way = pingWay(options, moment)
    if (way !== undefined) await deliver(way, TEST, options)
  }
  const known = ({ now }: Facts): Reported => reported ?? store.read() ?? { since: now, open: {} }
  const remember = (next: Reported): void => {
    reported = next
    store.write(next)
  }
  /** Sends the news of these facts, and remembers those that went out. Returns false if some did not. */
  const weigh = async (facts: Facts): Promise<boolean> => {
    const before = known(facts)
    const { news, without } = newsOf(before, facts, wishes)
    // A message that went out nowhere is sent again at the next look.
    const unsent: News[] = []
    for (const each of news) if (send === undefined || !(await send(each))) unsent.push(each)
    remember(without(unsent))
    return unsent.length === 0
  }
  const look = async (facts: Facts): Promise<void> => {
    const moment = momentOf(facts)
    if (moment !== undefined) await ping(moment)
    const late = lateFacts(facts, known(facts).owed)
    if ((late !== undefined && !(await weigh(late))) || (await weigh(facts))) return
    const { owed: _past, ...rest } = known(facts)
    const { now, task } = facts
    remember(task?.kind === 'backup' ? { ...rest, owed: { now, task } } : rest)
  }
  return {
    began: ({ kind }) => {
      if (kind === 'backup') void inTurn(() => ping('start'))
    },
    consider: (facts) => inTurn(() => look(facts)),
    close: () => last,
  }
}

/** Returns the facts with the backup whose news are owed; undefined if there is none, or another one has ended since, and not in the same way. */
function lateFacts(facts: Facts, owed: Owed | undefined): Facts | undefined {
  if (owed === undefined || facts.task?.kind === 'backup' || hasEndedOtherwise(facts, owed)) return undefined
  return { ...facts, task: owed.task }
}

/** Has a run that a person started ended since, in another way than the backup of `owed`? Its news would be untrue now. */
function hasEndedOtherwise({ standing }: Facts, owed: Owed): boolean {
  const last = standing.kind === 'known' ? standing.health.status.lastRun : undefined
  return last?.exitCode !== undefined && last.startedAt > owed.now && last.exitCode !== owed.task.exitCode
}

/**
 * Returns the function that sends a message on every way of the settings, and resolves with false if it went out on none; undefined if the settings
 * name no way. It never rejects.
 */
export function openSender(options: Omit<NotifierOptions, 'store'>): ((news: News) => Promise<boolean>) | undefined {
  const ways = waysOf(options)
  if (ways.length === 0) return undefined
  return async (news) => {
    const deliveries = await Promise.all(ways.map((way) => deliver(way, news, options)))
    return deliveries.some(({ trouble, isPartly }) => trouble === undefined || isPartly)
  }
}

/** Sends a message over every way, the watchman's among them. */
export function testNotify(options: Omit<NotifierOptions, 'store' | 'failed'>, now: number): Promise<readonly Delivery[]> {
  const watchman = pingWay(options, 'success')
  const ways = [...waysOf(options), ...(watchman === undefined ? [] : [watchman])]
  return Promise.all(ways.map((way) => deliver(way, { ...TEST, at: now }, { ...options, failed: () => undefined })))
}

const TEST: News = {
  kind: 'test',
  state: 'done',
  title: 'SmugMug backup: a test',
  text: 'This is a test. You will be reported when something is wrong with your backup, and when it is over.',
  at: 0,
}

/** Returns the moment that the end of a task is to a watchman; undefined where it says nothing. */
function momentOf({ task }: Facts): Moment | undefined {
  if (task?.kind !== 'backup' || task.exitCode === 6 || task.exitCode === 130) return undefined
  return task.exitCode === 0 ? 'success' : 'fail'
}

function waysOf({ settings, env }: Pick<NotifierOptions, 'settings' | 'env'>): readonly Way[] {
  const ways = settings.notifyUrls.flatMap((text): readonly Way[] => {
    const address = readNotifyAddress(text)
    if (address === undefined) return []
    if (address.kind === 'mail') return [mailWay(address)]
    return [address.kind === 'ntfy' ? ntfyWay(address, env) : webhookWay(address, env)]
  })
  return settings.notifyCommand === undefined ? ways : [...ways, commandWay(settings.notifyCommand, env)]
}

/** Returns the way to the watchman for one moment; undefined without one, or for a moment that it does not hear of. */
function pingWay({ settings, env }: Pick<NotifierOptions, 'settings' | 'env'>, moment: Moment): Way | undefined {
  const address = readNotifyAddress(settings.notifyPingUrl ?? '')
  const asked = address?.kind === 'webhook' ? pingCall(address, moment) : undefined
  return asked && { label: `the ping at ${new URL(asked.url).host}`, send: (_news, signal) => call(asked, env, signal) }
}

/** Sends one message on one way, and waits no longer than it may take. */
async function deliver(
  way: Way,
  news: News,
  { settings, failed, sendMs = SEND_MS }: Omit<NotifierOptions, 'store' | 'env'>,
): Promise<Delivery> {
  const out = new AbortController()
  const late = new SendError(`gave no answer within ${formatDuration(sendMs)}`)
  const timer = setTimeout(() => out.abort(late), sendMs)
  const aborted = new Promise<never>((_, reject) => out.signal.addEventListener('abort', () => reject(late), { once: true }))
  try {
    await Promise.race([way.send(news, out.signal), aborted])
    return { way: way.label }
  } catch (error) {
    // A bug in here must not touch a run either: it is named, as every other failure is.
    const words = error instanceof SendError ? error.message : `failed: ${String(error)}`
    const trouble = redact(words, secretsOf(settings))
    const delivery = { way: way.label, trouble, ...(error instanceof PartlySentError && { isPartly: true as const }) }
    failed(delivery)
    return delivery
  } finally {
    clearTimeout(timer)
  }
}
