/** The page that leads from nothing to the first backup. Each of its states is a page of its own: it can be reloaded, and left, at any time. */
import { formatBytes } from '../../events.ts'
import { BY_ITSELF, CLOCK_CHOICES, CLOCK_FORM, CLOCK_QUESTION } from '../../service/set-up/clock.ts'
import { KEEPS_WHAT_IS_THERE, NOT_MOUNTED } from '../../service/set-up/folder.ts'
import { APPLY, KEY_LABELS, type KeyName } from '../../service/set-up/keys.ts'
import { html, type Markup } from '../../twin/html.ts'
import type { SetUpState } from '../contract.ts'
import { framed } from './frame.ts'
import { lookStep } from './set-up-look.ts'

/** The steps, in their order. */
const STEPS = ['key', 'sign-in', 'folder', 'times', 'look'] as const
type Step = (typeof STEPS)[number]

/** The wishes of a visitor. */
export interface SetUpView {
  /** The step that is to be open. */
  readonly step: string | undefined
  /** The sign-in that waits for its code. */
  readonly waiting?: { readonly id: string; readonly address: string }
  /** True if the page comes to another machine without encryption. */
  readonly isPlain: boolean
}

const TITLES: { readonly [Name in Step]: string } = {
  key: 'A key for SmugMug',
  'sign-in': 'Sign in at SmugMug',
  folder: 'A folder for your photos',
  times: 'When to back up',
  look: 'A first look, and go',
}

/** Returns the steps that are done. */
function doneSteps({ key, signIn, folder, times, look }: SetUpState): ReadonlySet<Step> {
  const isRefused = look?.exitCode === 4
  const all: readonly (readonly [Step, boolean])[] = [
    ['key', key.state !== 'missing'],
    ['sign-in', signIn.state === 'set' && !isRefused],
    ['folder', folder.look?.kind === 'usable'],
    ['times', times.words !== undefined],
  ]
  return new Set(all.filter(([, isDone]) => isDone).map(([name]) => name))
}

/** Returns the step that is open: the one that was asked for, else the first that is not done. */
function openStep(done: ReadonlySet<Step>, { step, waiting }: SetUpView): Step {
  if (!done.has('key')) return 'key'
  if (waiting !== undefined) return 'sign-in'
  return STEPS.find((name) => name === step) ?? STEPS.find((name) => !done.has(name)) ?? 'look'
}

/** Renders the page. */
export function setUpPage(state: SetUpState, view: SetUpView): string {
  const done = doneSteps(state)
  const open = openStep(done, view)
  const isComplete = STEPS.every((name) => name === 'look' || done.has(name))
  const { trouble } = state
  const body = html`<main class="page steps" id="main" data-setup data-since="${state.since}">
<h1>${isComplete ? 'Everything is set up' : 'Set up your backup'}</h1>
<p class="lead">${isComplete ? 'Each part can be changed at any time.' : 'A few minutes, step by step. You can stop at any time, and go on later.'}</p>
<noscript><p class="note bad">This page shows what is set. Changing it needs JavaScript; or run <code>smugmug-backup setup</code> at a terminal, which asks the same.</p></noscript>
${view.isPlain && open === 'key' && html`<p class="note warn">This page comes to you without encryption. On a network that others use, open it on the computer itself.</p>`}
${trouble !== undefined && html`<p class="note bad" role="alert">${trouble.message} ${trouble.hint}</p>`}
<p class="note" id="setup-news" hidden>Something was changed in another window. <a href="/setup.html">Show it</a></p>
<ol>${STEPS.map((name) => stepItem(name, { state, view, done, open }))}</ol>
${state.file !== undefined && html`<p class="file">Each step is kept in <code>${state.file}</code>, which only you can read.</p>`}
</main>`
  return framed(
    isComplete ? 'Everything is set up' : 'Set up your backup',
    body,
    done.has('folder') ? { address: '/health.html', words: 'To the vault' } : undefined,
  )
}

interface Drawing {
  readonly state: SetUpState
  readonly view: SetUpView
  readonly done: ReadonlySet<Step>
  readonly open: Step
}

function stepItem(name: Step, drawing: Drawing): Markup {
  const { done, open } = drawing
  const isDone = done.has(name)
  const isOpen = name === open
  const mark = isDone && !isOpen ? '✓' : String(STEPS.indexOf(name) + 1)
  const change =
    isDone && !isOpen && html`<a class="change" href="/setup.html?step=${name}" aria-label="Change: ${TITLES[name]}">Change</a>`
  const words = isDone && !isOpen && html`<p class="is" dir="auto">${summary(name, drawing.state)}</p>`
  return html`<li class="${isOpen ? 'open' : isDone ? 'done' : 'later'}"${isOpen && html` aria-current="step"`}><span class="mark" aria-hidden="true">${mark}</span><div class="head"><h2>${TITLES[name]}${isDone && !isOpen && html`<span class="unseen"> (done)</span>`}</h2>${change}</div>${words}${isOpen && html`<div class="card">${content(name, drawing)}</div>`}</li>\n`
}

/** Says what a step has brought. A secret is only said to be set. */
function summary(name: Step, { key, signIn, folder, times }: SetUpState): string {
  switch (name) {
    case 'key':
      return key.state === 'accepted' ? 'SmugMug knows it. It is stored with the sign-in.' : 'Set'
    case 'sign-in':
      return signIn.nickName === undefined ? 'Set' : `Signed in as ${signIn.nickName}`
    case 'folder':
      return [folder.path, freeWords(folder)].filter((text) => text !== undefined).join(', ')
    case 'times':
      return sentence(times.words)
    case 'look':
      return ''
  }
}

const sentence = (text = ''): string => text.charAt(0).toUpperCase() + text.slice(1)

const freeWords = ({ look }: SetUpState['folder']): string | undefined => {
  const free = look === undefined || look.kind === 'refused' ? undefined : look.disk.freeBytes
  return free === undefined ? undefined : `${formatBytes(free)} free`
}

function content(name: Step, { state, view, done }: Drawing): Markup {
  switch (name) {
    case 'key':
      return keyStep(state)
    case 'sign-in':
      return view.waiting === undefined ? signInStep(state) : codeStep(view.waiting)
    case 'folder':
      return folderStep(state.folder)
    case 'times':
      return timesStep(state.times)
    case 'look':
      return lookStep(state, done.has('sign-in') && done.has('folder'))
  }
}

/** Renders a form whose fields are sent as JSON. It is closed until the script opens it: nothing typed can go elsewhere. */
const form = (to: string, fields: Markup, buttons: Markup): Markup =>
  html`<form method="post" data-to="/api/setup/${to}" autocomplete="off"><fieldset disabled>${fields}<p class="trouble" role="alert"></p><div class="buttons">${buttons}</div></fieldset></form>`

const submit = (words: string): Markup => html`<button type="submit">${words}</button>`

const fixedNote = (fixed: string): Markup => html`<p class="lead">It comes from ${fixed}, which counts before the file.</p>`

function keyStep({ key }: SetUpState): Markup {
  if (key.fixed !== undefined) return fixedNote(key.fixed)
  const field = (name: KeyName): Markup =>
    html`<label>${KEY_LABELS[name]}<input data-field="${name}" type="${name === 'apiKey' ? 'text' : 'password'}" required maxlength="4096" autocomplete="off" autocapitalize="off" spellcheck="false"></label>`
  return html`<p class="lead">SmugMug gives you an API key of your own, free of charge and at once. Any name and description will do.</p>
<p><a class="out" href="${APPLY}" target="_blank" rel="noreferrer">Get a key from SmugMug</a></p>
<p class="lead">SmugMug then shows a key and a secret. Copy both to here.</p>
${form('key', html`${key.fields.map(field)}`, submit('Check the key'))}
${key.state === 'set' && html`<p class="small">A key is set. A new one needs a new sign-in, and replaces it then.</p>`}`
}

function signInStep({ signIn }: SetUpState): Markup {
  if (signIn.fixed !== undefined) return fixedNote(signIn.fixed)
  return html`<p class="lead">SmugMug asks you whether smugmug-backup may <b>read</b> your photos. It cannot change anything there. Your password stays between you and SmugMug.</p>
${signIn.state === 'set' && html`<p class="small">You are signed in${signIn.nickName !== undefined && ` as ${signIn.nickName}`}. A new sign-in replaces the present one.</p>`}
${form('sign-in', html`<input type="hidden" data-field="how" value="browser">`, submit('Sign in at SmugMug'))}
${form('sign-in', html`<input type="hidden" data-field="how" value="code">`, html`<button type="submit" class="quiet">SmugMug does not lead back here? Use a code</button>`)}`
}

const codeStep = ({ id, address }: { readonly id: string; readonly address: string }): Markup =>
  html`<p class="lead">Open SmugMug in any browser, on any device, and allow access. It then shows six digits.</p>
<p><a class="out" href="${address}" target="_blank" rel="noreferrer">Open SmugMug</a></p>
${form('code', html`<input type="hidden" data-field="signIn" value="${id}"><label>The six-digit code<input class="digits" data-field="code" inputmode="numeric" required maxlength="12" autocomplete="one-time-code"></label>`, html`${submit('Sign in')}<a class="quiet" href="/setup.html?step=sign-in">Begin again</a>`)}`

function folderStep(folder: SetUpState['folder']): Markup {
  const { path, look, fixed, isVault } = folder
  const state = (): Markup | false | undefined => {
    if (look === undefined) return undefined
    if (look.kind === 'refused') return html`<p class="note bad">The folder ${path} ${look.reason}.</p>`
    if (look.kind === 'absent') return html`<p class="note warn">The folder ${path} does not exist. ${look.unmounted && NOT_MOUNTED}</p>`
    return look.entries > 0 && isVault !== true && html`<p class="note">${path} ${KEEPS_WHAT_IS_THERE}</p>`
  }
  return html`<p class="lead">All photos and videos go there, each album a folder. A large disk of its own is best.</p>
${state()}
${fixed !== undefined && fixedNote(fixed)}
${form(
  'folder',
  html`<label>Folder<input data-field="path" value="${path ?? ''}" placeholder="~/SmugMug" required maxlength="4096" dir="auto" autocapitalize="off" spellcheck="false"${fixed !== undefined && html` readonly`}></label><p class="small">The whole path. ~ is your home folder. ${sentence(freeWords(folder))}</p>`,
  html`${submit('Use this folder')}<button type="button" data-make hidden>Make this folder</button>`,
)}
${look?.kind === 'usable' && look.entries > 0 && isVault === true && html`<p class="small">It holds a vault. Another folder would begin another one, and leave this one as it is.</p>`}`
}

function timesStep({ text, fixed }: SetUpState['times']): Markup {
  if (fixed !== undefined) return fixedNote(fixed)
  const chosen = text === undefined ? '24h' : (CLOCK_CHOICES.find(({ value }) => value === text)?.value ?? 'own')
  const own = chosen === 'own' && text !== undefined ? text : '30 2 * * *'
  return html`${form(
    'times',
    html`<div class="choice" role="radiogroup" aria-label="${CLOCK_QUESTION}">${CLOCK_CHOICES.map(({ value, label }) => html`<label><input type="radio" name="times" data-field="times" value="${value}"${value === chosen && html` checked`}> ${label}</label>`)}</div>
<label class="own">Times<input data-own value="${own}" spellcheck="false" maxlength="200"><span class="small">${CLOCK_FORM}</span></label>`,
    submit('Go on'),
  )}<p class="small">${BY_ITSELF}</p>`
}
