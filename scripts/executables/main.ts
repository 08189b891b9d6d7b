/** The program, as an executable starts it. */
import '../../bin/prepare.cjs'
import { manifest } from '../../src/app/installation.ts'
import { start } from '../../src/cli/main.ts'

void start(manifest().version)
