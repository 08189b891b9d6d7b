import { NOT_FOUND, refuse } from '../answers.ts'
import { findFile, sendFile } from '../files.ts'
import { segmentsOf } from '../guard.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** A copy of a file as it is now, to keep: `/api/copy?path=Travel/a.jpg`. */
export const copyResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  answer: async (exchange) => {
    const { destination } = office.settings()
    const path = exchange.asked.query.get('path') ?? ''
    const segments = segmentsOf(`/${path.split('/').map(encodeURIComponent).join('/')}`)
    const found = destination === undefined || segments === undefined ? undefined : await findFile(destination, segments)
    if (found === undefined) refuse(exchange, NOT_FOUND)
    else await sendFile(found, { ...exchange, asAttachment: true })
  },
})
