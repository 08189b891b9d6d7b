/** The operations that are steps of another one, under its lock; each is a run of its own. */
const STEPS_OF: ReadonlyMap<string, readonly string[]> = new Map([['leave', ['backup', 'verify']]])

/** Does the operation that holds the vault now account for a run of `operation` without an end: is it that operation, or is the run a step of it? */
export const isUnderWay = (operation: string, usedBy: string | undefined): boolean =>
  usedBy === operation || (usedBy !== undefined && STEPS_OF.get(usedBy)?.includes(operation) === true)
