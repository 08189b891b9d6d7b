/** Starts the program with the page of `--stats` on a free port: tests run side by side, and 6060 may be taken. */
import { processIo } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'

process.exitCode = await main(process.argv.slice(2), { ...processIo('0.0.0'), statsPort: 0 })
