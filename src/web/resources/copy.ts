import { AppError } from '../../errors.ts'
import type { HeldCopy, ItemCopies } from '../../operations/history/copies.ts'
import { type Exchange, refuse, sendJson, sendPage } from '../answers.ts'
import type { Copies, Copy } from '../contract.ts'
import { type Found, findFile, openRegular, sendFile } from '../files.ts'
import { NOT_FOUND, type Refusal, segmentsOf } from '../guard.ts'
import type { Office } from '../office.ts'
import { asidePage, copyPage, copyRefusedPage } from '../pages/copy.ts'
import type { Resource } from '../web.ts'

const UNKNOWN: Refusal = { status: 404, text: 'The vault knows no such photo or video.' }
const GONE: Refusal = {
  status: 404,
  text: 'This copy is no longer in the vault, or a link stands in its place. Run `smugmug-backup verify`: it names every file that is missing.',
}

/**
 * Hands over a copy, to keep: `?path=Travel/a.jpg` as it is now, `?item=KEY` the same by key, `&when=2026-11-26` as it was at the end of
 * that day, `&until=TIME` the one that was put aside at that time.
 */
export const copyResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const found = await unlessExplained(exchange, office, () => chosen(exchange, office))
    if (found === undefined) return
    if ('status' in found) await refuseOnPage(exchange, office, found)
    else await sendFile(found, { ...exchange, asAttachment: true })
  },
})

/** The copies of an item, for programs. */
export const copiesResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const key = exchange.asked.query.get('item') ?? ''
    const found = isKey(key) ? await office.app.runCopies(office.request(), key) : undefined
    if (found === undefined) return refuse(exchange, UNKNOWN)
    const { name, reason } = found
    sendJson(exchange, { name, copies: copiesFor(key, found), ...(reason !== undefined && { reason }) } satisfies Copies)
  },
})

/** The page of an item's copies, `/copy.html?item=KEY`; without an item, that of everything that was put aside. */
export const copyPageResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const key = exchange.asked.query.get('item')
    const title = await titleOf(office)
    const page = await unlessExplained(exchange, office, async (): Promise<string | Refusal> => {
      if (key === null) {
        const all = await office.app.runCopiesAside(office.request())
        return asidePage({ title, copies: all.map((copy) => addressed(copy.imageKey, copy)) })
      }
      const found = isKey(key) ? await office.app.runCopies(office.request(), key) : undefined
      if (found === undefined) return UNKNOWN
      return copyPage({ title, item: { key, ...found, copies: copiesFor(key, found) }, today: new Date(office.now()) })
    })
    if (page === undefined) return
    if (typeof page === 'string') sendPage(exchange, page)
    else await refuseOnPage(exchange, office, page)
  },
})

const titleOf = async (office: Office): Promise<string> => (await (await office.looking())?.title()) ?? 'Photos'

const isKey = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text)

/** Returns a copy with the address that hands it over. */
function addressed(key: string, { name, size, aside }: HeldCopy): Copy {
  const query = new URLSearchParams({ item: key, name, ...(aside !== undefined && { until: aside.at }) })
  return { name, size, address: `/api/copy?${query}`, ...(aside !== undefined && { until: aside.at, why: aside.why }) }
}

const copiesFor = (key: string, { copies }: ItemCopies): readonly Copy[] => copies.map((copy) => addressed(key, copy))

/** Finds the copy that was asked for, and opens it. */
async function chosen({ asked }: Exchange, office: Office): Promise<Found | Refusal> {
  const { query } = asked
  const { destination } = office.settings()
  if (destination === undefined) return NOT_FOUND
  const key = query.get('item')
  if (key === null) {
    const path = query.get('path') ?? ''
    const segments = segmentsOf(
      `/${path
        .split('/')
        .map((part) => encodeURIComponent(part.toWellFormed()))
        .join('/')}`,
    )
    return (segments && (await findFile(destination, segments))) ?? NOT_FOUND
  }
  if (!isKey(key)) return UNKNOWN
  const [when, until, name] = ['when', 'until', 'name'].map((each) => query.get(each) || undefined)
  if (when !== undefined) return await opened(destination, office, await office.app.runCopyAsOf(office.request(), key, when))
  const item = await office.app.runCopies(office.request(), key)
  if (item === undefined) return UNKNOWN
  const copy = item.copies.find((each) => each.aside?.at === until && (name === undefined || each.name === name))
  if (copy === undefined && until === undefined && item.reason !== undefined)
    return { status: 404, text: `There is no copy of ${item.name} in its album: ${item.reason}.` }
  return await opened(destination, office, copy)
}

async function opened(destination: string, { app }: Office, copy: HeldCopy | undefined): Promise<Found | Refusal> {
  const real = copy && (await app.copyPath(destination, copy))
  return (real !== undefined && copy !== undefined && (await openRegular(real, copy.name))) || GONE
}

/** Runs `use`. An error that the program explains is the answer then, and undefined is returned. */
async function unlessExplained<T>(exchange: Exchange, office: Office, use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const text = [error.message, error.hint].filter((part) => part !== undefined).join(' ')
    await refuseOnPage(exchange, office, { status: error.exitCode === 2 ? 404 : 503, text })
    return undefined
  }
}

/** Refuses in words: on a page of the vault to a browser, as plain text to a program. */
async function refuseOnPage(exchange: Exchange, office: Office, refusal: Refusal): Promise<void> {
  const { status, text } = refusal
  if (exchange.request.headers.accept?.includes('text/html') !== true) return refuse(exchange, refusal)
  const folder = exchange.asked.segments.slice(0, -1).join('/')
  sendPage(exchange, copyRefusedPage({ title: await titleOf(office), text, folder }), { status })
}
