import { sendPage } from '../answers.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'
import { healthPage } from './health.ts'

/** The page about the health of the vault. */
export const healthResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const standing = await office.standing()
    const title = (await office.looking())?.title() ?? 'Photos'
    sendPage(exchange, healthPage(standing, { title, now: office.now() }))
  },
})
