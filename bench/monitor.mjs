/**
 * Watches a program from within: `node --import ./bench/monitor.mjs …` with a path in BENCH_MONITOR. At its end the program's
 * peak memory, its writing, its processor time, the longest time its event loop stood still, and its memory second by second are in that file, as JSON.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const IO = '/proc/self/io'

const path = process.env.BENCH_MONITOR
if (path !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  // The program's modules are loaded in one piece, before there is anything to wait for: measured as start-up, not here.
  setTimeout(() => delays.enable(), 500).unref()
  const memory = []
  setInterval(() => memory.push([performance.now() / 1000, process.memoryUsage.rss() / 1e6]), 1000).unref()
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const cost = {
      rssMb: (maxRSS * 1024) / 1e6,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      ...(existsSync(IO) && { writtenMb: Number(/^wchar: (\d+)$/m.exec(readFileSync(IO, 'utf8'))?.[1]) / 1e6 }),
      delayMs: delays.count > 0 ? delays.max / 1e6 : 0,
      memory,
    }
    writeFileSync(path, JSON.stringify(cost))
  })
}
