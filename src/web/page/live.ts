/** The script of the local page's own parts. Every page reads without it. */
import { showRun } from './run.ts'

if (document.querySelector('[data-live-run]') !== null) showRun()
