import type { SetUpAnswer, TasksAnswer } from '../contract.ts'
import { listen } from './news.ts'
import { GONE, post } from './send.ts'

const PAGE = '/setup.html'

/** True while a wish is under way, and once it leads to another page: its own news are not news. */
let isBusy = false

/** True once news have come while a wish was under way: if that changed nothing, they are of another window. */
let isBehind = false

/** True once the person has typed something that a reload would lose. */
let isTyped = false

/** Returns the fields of a form by their names. */
function fieldsOf(form: Element): Readonly<Record<string, string>> {
  const own = form.querySelector<HTMLInputElement>('[data-own]')
  const all = [...form.querySelectorAll<HTMLInputElement>('[data-field]')].filter((field) => field.type !== 'radio' || field.checked)
  return Object.fromEntries(
    all.map((field) => [field.dataset.field ?? '', field.value === 'own' && own !== null ? own.value : field.value]),
  )
}

const say = (box: Element, text: string): void => {
  const trouble = box.querySelector('.trouble')
  if (trouble !== null) trouble.textContent = text
}

/** Offers to make the folder instead of taking it, or no more. */
function offer(form: HTMLFormElement, isOffered: boolean): void {
  const make = form.querySelector<HTMLButtonElement>('[data-make]')
  if (make === null || make.hidden !== isOffered) return
  make.hidden = !isOffered
  for (const button of form.querySelectorAll<HTMLButtonElement>('[type="submit"]')) button.hidden = isOffered
  form.querySelector('.trouble')?.classList.toggle('offer', isOffered)
  if (!isOffered) say(form, '')
}

function showRefusal(form: HTMLFormElement, { message, hint, fields = [], mayMake }: Extract<SetUpAnswer, { kind: 'refused' }>): void {
  offer(form, mayMake === true)
  say(form, [message, hint].filter((text) => text !== undefined).join(' '))
  const all = [...form.querySelectorAll<HTMLInputElement>('[data-field]')]
  for (const field of all) field.setAttribute('aria-invalid', String(fields.includes(field.dataset.field ?? '')))
  const wrong = all.find((field) => fields.includes(field.dataset.field ?? ''))
  if (mayMake === true) form.querySelector<HTMLButtonElement>('[data-make]')?.focus()
  else if (wrong?.type === 'radio') form.querySelector<HTMLInputElement>('[data-own]')?.focus()
  else wrong?.select()
}

/** Closes the buttons around while a wish is under way. It returns the page that it leads to, if it does. */
async function whileBusy(box: HTMLFieldSetElement, wish: () => Promise<string | undefined>): Promise<void> {
  isBusy = true
  isBehind = false
  box.disabled = true
  box.classList.add('waits')
  say(box, '')
  let next: string | undefined
  try {
    next = await wish()
  } finally {
    isBusy = next !== undefined
    box.disabled = false
    box.classList.remove('waits')
  }
  if (next !== undefined) location.assign(next)
  // No reload: the reason of a refusal must stay.
  else if (isBehind) showNews()
}

function showNews(): void {
  const note = document.getElementById('setup-news')
  if (note !== null) note.hidden = false
}

function openForm(form: HTMLFormElement): void {
  const box = form.querySelector('fieldset')
  if (box === null) return
  const send = (more: Readonly<Record<string, boolean>> = {}): Promise<void> => {
    let refusal: Extract<SetUpAnswer, { kind: 'refused' }> | undefined
    return whileBusy(box, async () => {
      const sent = await post<SetUpAnswer>(form.dataset.to ?? '', { ...fieldsOf(form), ...more })
      if (sent === undefined || !sent.ok) say(form, GONE)
      else if (sent.answer.kind === 'done') return sent.answer.next
      else refusal = sent.answer
      return undefined
    }).then(() => refusal && showRefusal(form, refusal))
  }
  form.onsubmit = (event) => {
    event.preventDefault()
    void send()
  }
  form.oninput = () => {
    isTyped = true
    offer(form, false)
  }
  const make = form.querySelector<HTMLButtonElement>('[data-make]')
  if (make !== null) make.onclick = () => void send({ make: true })
}

function openStart(button: HTMLButtonElement): void {
  const box = button.closest('fieldset')
  const kind = button.dataset.start ?? ''
  if (box === null) return
  button.onclick = () =>
    void whileBusy(box, async () => {
      const sent = await post<TasksAnswer>('/api/tasks', { start: kind })
      if (sent?.ok === true) return kind === 'backup' ? '/live.html' : PAGE
      say(box, sent?.answer.refused ?? GONE)
      return undefined
    })
}

/** Shows what another window, a terminal or the look ahead has changed. No typed text is ever lost. */
function hear(): void {
  listen((news) => {
    const isOurs = news.kind === 'set-up' || (news.kind === 'task' && news.task.kind === 'look-ahead')
    if (!isOurs) return
    if (isBusy) isBehind = true
    else if (isTyped) showNews()
    else location.reload()
  })
}

/** Opens the forms of the set-up. */
export function openSetUp(page: HTMLElement): void {
  for (const box of page.querySelectorAll('fieldset')) box.disabled = false
  for (const form of page.querySelectorAll('form')) openForm(form)
  for (const button of page.querySelectorAll<HTMLButtonElement>('[data-start]')) openStart(button)
  hear()
  page.querySelector<HTMLInputElement>('.open input:not([type="hidden"], [type="radio"], [readonly])')?.focus({ preventScroll: true })
  // A page that the browser kept for "back" is as old as it was then.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
}
