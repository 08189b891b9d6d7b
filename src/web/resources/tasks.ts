import * as v from 'valibot'
import { TASK_KINDS, type TaskKind } from '../../service/tasks.ts'
import { readJson, sendJson } from '../answers.ts'
import type { TasksAnswer } from '../contract.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** The form of a wish: a task to start, or one to stop. */
const WISH = v.union([
  v.strictObject({ start: v.picklist(Object.keys(TASK_KINDS) as [TaskKind, ...TaskKind[]]) }),
  v.strictObject({ cancel: v.pipe(v.number(), v.integer()) }),
])

/** The tasks of the vault, and the run of another process that holds it. */
export const tasksResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD', 'POST'],
  answer: async (exchange) => {
    const answer = (): TasksAnswer => {
      const elsewhere = office.elsewhere()
      const view = office.tasks.view()
      return { tasks: office.tasks.list(), ...(view !== undefined && { view }), ...(elsewhere !== undefined && { elsewhere }) }
    }
    if (exchange.asked.method !== 'POST') return sendJson(exchange, answer())
    const wish = await readJson(exchange, WISH)
    if (wish === undefined) return
    if ('cancel' in wish) return sendJson(exchange, answer(), office.tasks.cancel(wish.cancel) ? 200 : 409)
    const isFree = office.elsewhere() === undefined && office.tasks.start(wish.start) !== undefined
    sendJson(exchange, answer(), isFree ? 201 : 409)
  },
})
