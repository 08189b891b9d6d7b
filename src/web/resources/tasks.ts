import * as v from 'valibot'
import { nounOf, runOf } from '../../progress/phase.ts'
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
    const answer = (refused?: string): TasksAnswer => {
      const elsewhere = office.elsewhere()
      const view = office.tasks.view()
      return {
        tasks: office.tasks.list(),
        ...(view !== undefined && { view }),
        ...(elsewhere !== undefined && { elsewhere }),
        ...(refused !== undefined && { refused }),
      }
    }
    if (exchange.asked.method !== 'POST') return sendJson(exchange, answer())
    const wish = await readJson(exchange, WISH)
    if (wish === undefined) return
    const elsewhere = office.elsewhere()
    if ('cancel' in wish) {
      if (office.tasks.cancel(wish.cancel)) return sendJson(exchange, answer())
      const words =
        elsewhere === undefined
          ? 'That task does not run any more.'
          : `The ${nounOf(elsewhere.operation)} was started elsewhere: stop it there.`
      return sendJson(exchange, answer(words), 409)
    }
    if (elsewhere !== undefined)
      return sendJson(exchange, answer(`${runOf(elsewhere.operation)} that was started elsewhere is under way: wait for its end.`), 409)
    if (office.tasks.start(wish.start) === undefined)
      return sendJson(exchange, answer('Another task is under way: wait for its end, or stop it.'), 409)
    sendJson(exchange, answer(), 201)
  },
})
