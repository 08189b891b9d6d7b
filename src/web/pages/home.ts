import { nextWords, turnWords } from '../../service/words.ts'
import { sendPage } from '../answers.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'
import { healthPage } from './health.ts'
import { livePage } from './live.ts'

/** The page about the health of the vault. */
export const healthResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    // Before the look: news that come during it are heard again.
    const since = office.tasks.feed.last
    const standing = await office.standing()
    const title = (await (await office.looking())?.title()) ?? 'Photos'
    const service = office.service()
    const next = service && turnWords(service, office.now())
    const waiting = service?.waiting?.sentence
    sendPage(exchange, healthPage(standing, { title, now: office.now(), since, next, waiting }))
  },
})

/** The page of the run that is under way. */
export const liveResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const since = office.tasks.feed.last
    const view = office.tasks.view()
    const elsewhere = office.elsewhere()
    const title = (await (await office.looking())?.title()) ?? 'Photos'
    const service = office.service()
    const next = service && nextWords(service, office.now())
    sendPage(exchange, livePage({ title, view, elsewhere, since, next, hasCopies: office.settings().copies.length > 0 }))
  },
})
