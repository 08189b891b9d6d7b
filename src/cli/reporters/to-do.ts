import { formatNumber } from '../../events.ts'
import type { ToDo } from '../../operations/leave/to-do.ts'

/** The most names of albums below one thing to do; the certificate has all. */
const MOST_NAMES = 5

/** Returns the list to tick off, for people; `account` is the name of one of several. */
export const toDoLines = (toDo: readonly ToDo[], account?: string): readonly string[] => [
  `To tick off${account === undefined ? '' : ` for ${account}`}: only you can do this`,
  ...toDo.flatMap(({ what, how, names = [] }) => [
    `  [ ] ${what}: ${how}`,
    ...names.slice(0, MOST_NAMES).map((name) => `      - ${name}`),
    ...(names.length > MOST_NAMES ? [`      and ${formatNumber(names.length - MOST_NAMES)} more: the certificate names them`] : []),
  ]),
]
