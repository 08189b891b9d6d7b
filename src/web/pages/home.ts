import { sendPage } from '../answers.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'
import { healthPage } from './health.ts'
import { livePage } from './live.ts'

/** The page about the health of the vault. */
export const healthResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const standing = await office.standing()
    const title = (await office.looking())?.title() ?? 'Photos'
    sendPage(exchange, healthPage(standing, { title, now: office.now() }))
  },
})

/** The page of the run that is under way. */
export const liveResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const view = office.tasks.view()
    const elsewhere = office.elsewhere()
    const title = (await office.looking())?.title() ?? 'Photos'
    sendPage(exchange, livePage({ title, view, elsewhere }))
  },
})
