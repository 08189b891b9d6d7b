/** The script of the local page's own parts. Every page reads without it. */
import { offerCopies } from './copies.ts'
import { refreshHealth } from './health.ts'
import { showRun } from './run.ts'
import { openSetUp } from './set-up.ts'

const script = document.currentScript as HTMLScriptElement

if (document.querySelector('[data-live-run]') !== null) showRun()
if (document.querySelector('main.health') !== null) refreshHealth()
offerCopies(new URL(script.dataset.root || '.', location.href).href.replace(/[?#].*$/, ''))
const setUp = document.querySelector<HTMLElement>('[data-setup]')
if (setUp !== null) openSetUp(setUp)
