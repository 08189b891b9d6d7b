/** Firefox as Debian has it, without a window, spoken to in WebDriver BiDi: a second browser for the pages of a twin. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const FIREFOX = '/usr/bin/firefox-esr'

/** The reason why tests in Firefox are skipped; false if they are not. */
export const noFirefox: string | false = existsSync(FIREFOX) ? false : `there is no ${FIREFOX}`

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly level?: string; readonly text?: string }
  readonly result?: unknown
  readonly message?: string
}

/** One window of Firefox. */
export class Firefox {
  /** Everything that its pages complained about. */
  readonly complaints: string[] = []
  readonly #program: ChildProcess
  readonly #profile: string
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #last = 0
  #window = ''

  private constructor(facts: { readonly program: ChildProcess; readonly profile: string; readonly socket: WebSocket }) {
    this.#program = facts.program
    this.#profile = facts.profile
    this.#socket = facts.socket
    facts.socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Answer))
  }

  static async open(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'firefox-'))
    const program = spawn(FIREFOX, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], {
      env: { ...process.env, HOME: profile },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const address = await addressOf(program)
    const socket = new WebSocket(`${address}/session`)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('Firefox does not answer')))
    })
    const firefox = new Firefox({ program, profile, socket })
    await firefox.#ask('session.new', { capabilities: {} })
    await firefox.#ask('session.subscribe', { events: ['log.entryAdded'] })
    const { contexts } = (await firefox.#ask('browsingContext.getTree', {})) as {
      readonly contexts: readonly { readonly context: string }[]
    }
    firefox.#window = contexts[0]?.context ?? ''
    return firefox
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#program.once('exit', resolve))
    await this.#ask('browser.close', {})
    await ended
    this.#socket.close()
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  async goto(url: string): Promise<void> {
    await this.#ask('browsingContext.navigate', { context: this.#window, url, wait: 'complete' })
  }

  async back(): Promise<void> {
    await this.#ask('browsingContext.traverseHistory', { context: this.#window, delta: -1 })
  }

  /** Evaluates an expression on the page; its value is a text, a number or a truth. */
  async see(expression: string): Promise<unknown> {
    const { result } = (await this.#ask('script.evaluate', {
      expression,
      target: { context: this.#window },
      awaitPromise: true,
    })) as { readonly result?: { readonly value?: unknown } }
    return result?.value
  }

  /** Clicks the middle of an element. */
  async click(selector: string): Promise<void> {
    const text = await this.see(
      `(() => { const { left, top, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return Math.round(left + width / 2) + ' ' + Math.round(top + height / 2) })()`,
    )
    const [x, y] = String(text).split(' ').map(Number)
    const actions = [
      { type: 'pointerMove', x, y },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]
    await this.#ask('input.performActions', { context: this.#window, actions: [{ type: 'pointer', id: 'mouse', actions }] })
  }

  /** Presses keys one after the other, as WebDriver names them. */
  async press(...keys: readonly string[]): Promise<void> {
    const actions = keys.flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ])
    await this.#ask('input.performActions', { context: this.#window, actions: [{ type: 'key', id: 'keys', actions }] })
  }

  async #ask(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#last += 1
    const id = this.#last
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
    if (answer.result === undefined) throw new Error(`${method}: ${answer.message}`)
    return answer.result
  }

  #hear(answer: Answer): void {
    if (answer.id === undefined) {
      if (answer.method === 'log.entryAdded' && (answer.params?.level === 'error' || answer.params?.level === 'warn'))
        this.complaints.push(answer.params.text ?? '')
      return
    }
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }
}

/** Returns the address that Firefox listens at. */
async function addressOf(program: ChildProcess): Promise<string> {
  if (program.stderr === null) throw new Error('Firefox says nothing')
  for await (const line of createInterface({ input: program.stderr })) {
    const [, address] = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line) ?? []
    if (address !== undefined) {
      program.stderr.resume()
      return address
    }
  }
  throw new Error('Firefox ended before it listened')
}
