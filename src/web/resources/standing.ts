import type { Standing } from '../../service/standing.ts'
import { sendJson } from '../answers.ts'
import type { Runs } from '../contract.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** The standing of the vault. */
export const standingResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => sendJson(exchange, (await office.standing()) satisfies Standing),
})

/** The runs of the last year. */
export const runsResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const standing = await office.standing()
    sendJson(exchange, { runs: standing.kind === 'known' ? standing.health.runs : [] } satisfies Runs)
  },
})
