/**
 * Returns the processor time that a task took in this process, in milliseconds. Unlike the time on the wall it does not grow with what else the
 * machine has to do.
 */
export async function workOf(task: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await task()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
