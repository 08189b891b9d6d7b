import { pageLink } from '../../twin/links.ts'
import { sendJson } from '../answers.ts'
import type { SearchAnswer } from '../contract.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** The photos and videos whose words hold every word of the query: `/api/search?q=fjord`. */
export const searchResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const looking = await office.looking()
    const found = (await looking?.search(exchange.asked.query.get('q') ?? '')) ?? []
    sendJson(exchange, {
      found: found.map(({ imageKey, folder, name, words: { title, taken } }) => ({
        imageKey,
        address: `/${pageLink('', folder)}#i-${imageKey}`,
        name,
        ...(title !== undefined && { title }),
        ...(taken !== undefined && { taken }),
      })),
    } satisfies SearchAnswer)
  },
})
