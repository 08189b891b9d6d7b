/** The set-up of the local page: the same steps as at the terminal, for any number of browsers at once. */
import type { beginSignIn, endSignIn, Request } from '../../app/app.ts'
import { type Settings, settingsTable } from '../../config/settings.ts'
import { checkLinesTo, type Lines } from '../../config/token-lines.ts'
import { AppError, SignInError } from '../../errors.ts'
import { cronFields, NO_TIME, readTimes, timesLines, timesText, timesWords } from '../../service/set-up/clock.ts'
import { codeTrouble, type KeyName, keyTrouble, missingSettings, wrongKeys } from '../../service/set-up/keys.ts'
import type { Task } from '../../service/tasks.ts'
import type { Fixed, SetUpAnswer, SetUpState } from '../contract.ts'
import type { Office } from '../office.ts'
import { type Configuration, OpenConfiguration, type Words, wordsOf } from './configuration.ts'
import { folderState, takeFolder } from './folder.ts'
import { type OpenSignIn, SignIns } from './sign-ins.ts'

/** The operations that a set-up needs. */
export interface SetUpApp {
  readonly beginSignIn: typeof beginSignIn
  readonly endSignIn: typeof endSignIn
}

/** The surroundings of a set-up. */
export interface SetUpOptions {
  readonly app: SetUpApp
  readonly office: Office
  readonly configuration: Configuration
  request(settings: Settings): Request
  /** Is called with settings that a set-up has written. */
  settled(settings: Settings): void
}

/** The page of the set-up. */
export const PAGE = '/setup.html'

/** The path to which SmugMug leads the browser back. */
export const CALLBACK = '/api/setup/callback'

/** The end of a sign-in in the browser. */
export type Return = { readonly kind: 'signed in' | 'not allowed' | 'stranger' } | ({ readonly kind: 'failed' } & Words)

const KEYS: readonly KeyName[] = ['apiKey', 'apiSecret']

const done = (next = PAGE): SetUpAnswer => ({ kind: 'done', next })

/** The set-up behind the page. */
export class SetUp {
  readonly #options: SetUpOptions
  readonly #signIns: SignIns
  readonly #configuration: OpenConfiguration
  /** The key that was typed here and that SmugMug knows. It is written with the sign-in, as at the terminal. */
  #typed: { readonly [Name in KeyName]?: string } = {}
  #owner: { readonly token: string; readonly nickName: string } | undefined
  /** The words of the last sign-in that failed, until the next step. */
  #trouble: Words | undefined
  /** The last task that looked ahead at another account or folder. */
  #outdated = 0

  constructor(options: SetUpOptions) {
    this.#options = options
    this.#signIns = new SignIns(options.office.now)
    this.#configuration = new OpenConfiguration(options.configuration, options.office.settings())
  }

  /** Goes on with the configuration as it stands now. */
  async refresh(): Promise<void> {
    const before = this.#configuration.settings
    await this.#configuration.refresh()
    this.#follow(before)
  }

  /** Reads the configuration anew if something is missing. Returns true if nothing is. */
  async isComplete(): Promise<boolean> {
    if (missingSettings(this.#options.office.settings()).length > 0) await this.refresh()
    return missingSettings(this.#options.office.settings()).length === 0
  }

  /** Returns the state for the page. */
  async state(): Promise<SetUpState> {
    await this.refresh()
    const { configuration, office } = this.#options
    const { settings } = this.#configuration
    const trouble = this.#configuration.unread ?? this.#trouble
    const file = await this.#configuration.path().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error
      return undefined
    })
    const look = this.#tasks.find(({ kind, id }) => kind === 'look-ahead' && id > this.#outdated)
    const [words, text] = [timesWords(settings), timesText(settings)]
    const fields = cronFields(settings)
    const cron =
      fields === undefined || file === undefined || configuration.platform === 'win32' ? undefined : configuration.cronLine(fields, file)
    return {
      ...(file !== undefined && { file }),
      key: { state: this.#keyState(), fields: KEYS.filter((name) => !this.#configuration.isFixed(name)), ...this.#allFixed() },
      signIn: this.#signInState(),
      folder: await folderState(this.#configuration, file),
      times: {
        ...(words !== undefined && { words }),
        ...(text !== undefined && { text }),
        ...(cron !== undefined && { cron }),
        ...this.#configuration.fixed(['serviceEvery', 'serviceSchedule']),
      },
      ...(look !== undefined && { look }),
      ...(trouble !== undefined && { trouble }),
      since: office.tasks.feed.last,
    }
  }

  /** Asks SmugMug whether it knows this key, and keeps it for the sign-in. */
  async tryKey(given: { readonly [Name in KeyName]?: string | undefined }): Promise<SetUpAnswer> {
    return await this.#answering(async () => {
      const open = KEYS.filter((name) => !this.#configuration.isFixed(name))
      for (const name of open) {
        const text = given[name]?.trim() ?? ''
        const message = text === '' ? 'Please type or paste it here.' : keyTrouble(name, text)
        if (message !== undefined) return { kind: 'refused', message, fields: [name] }
      }
      const typed = Object.fromEntries(open.map((name) => [name, given[name]?.trim()]))
      await this.#options.app.beginSignIn(this.#request({ ...this.#configuration.settings, ...typed }))
      this.#typed = typed
      this.#changed()
      return done()
    })
  }

  /**
   * Begins a sign-in. SmugMug leads the browser back to this page at `origin`, or shows a six-digit code. Each browser has a sign-in of its
   * own.
   */
  async beginSignIn(origin: string, how: 'browser' | 'code'): Promise<SetUpAnswer> {
    return await this.#answering(async () => {
      const { fixed } = this.#configuration.fixed(['userToken', 'userSecret'])
      if (fixed !== undefined) return { kind: 'refused', message: hiddenWords(fixed) }
      // Known before the sign-in, it costs nobody a sign-in.
      await checkLinesTo(await this.#configuration.path())
      const settings = { ...this.#configuration.settings, ...this.#typed }
      const id = this.#signIns.newId()
      const callback = how === 'browser' ? `${origin}${CALLBACK}?state=${id}` : undefined
      const begun = await this.#options.app.beginSignIn(this.#request(settings), callback)
      this.#signIns.add(id, { ...begun, settings, typed: this.#typed, how })
      return done(how === 'browser' ? begun.address : `${PAGE}?code=${id}`)
    })
  }

  /** Returns SmugMug's page for a sign-in that waits for its code; undefined if it does not wait any more. */
  addressOf(id: string): string | undefined {
    const found = this.#signIns.get(id)
    return found?.how === 'code' ? found.address : undefined
  }

  /** Ends a sign-in whose browser came back from SmugMug. Each state counts once. */
  async returned(query: URLSearchParams): Promise<Return> {
    const id = query.get('state') ?? ''
    const found = this.#signIns.get(id)
    if (found?.how !== 'browser' || found.pending.token !== query.get('oauth_token')) return { kind: 'stranger' }
    const verifier = query.get('oauth_verifier') ?? ''
    if (verifier === '' && !query.has('oauth_problem') && !query.has('denied')) return { kind: 'stranger' }
    this.#signIns.take(id)
    if (verifier === '') return { kind: 'not allowed' }
    try {
      await this.#end(found, verifier)
      return { kind: 'signed in' }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#trouble = wordsOf(error)
      this.#changed()
      return { kind: 'failed', ...this.#trouble }
    }
  }

  /** Ends a sign-in with the code that SmugMug showed. A code that it refuses is asked for again. */
  async enterCode(id: string, code: string): Promise<SetUpAnswer> {
    return await this.#answering(async () => {
      const found = this.#signIns.get(id)
      if (found?.how !== 'code')
        return { kind: 'refused', message: 'This sign-in is over. Begin again.', hint: 'SmugMug waits five minutes for each.' }
      const message = codeTrouble(code)
      if (message !== undefined) return { kind: 'refused', message, fields: ['code'] }
      try {
        await this.#end(found, code)
      } catch (error) {
        // SmugMug waits for another code only after a wrong one.
        const isWrongCode = error instanceof SignInError && error.problem?.startsWith('verifier_') === true
        if (!isWrongCode) this.#signIns.take(id)
        throw error
      }
      this.#signIns.take(id)
      return done()
    })
  }

  /** Takes a folder, and makes it only if `make` says so. */
  async chooseFolder(typed: string, make: boolean): Promise<SetUpAnswer> {
    return await this.#answering(async () => {
      const taken = await takeFolder(this.#configuration, typed, make)
      if (typeof taken !== 'string') return taken
      const isNew = taken !== this.#configuration.settings.destination
      if (isNew && !this.#configuration.isFixed('destination')) await this.#keep({ store: [['destination', taken]] })
      else this.#changed()
      return done()
    })
  }

  /** Takes the times of backups, and looks ahead if nothing is missing. */
  async chooseTimes(text: string): Promise<SetUpAnswer> {
    return await this.#answering(async () => {
      const { fixed } = this.#configuration.fixed(['serviceEvery', 'serviceSchedule'])
      if (fixed !== undefined) return { kind: 'refused', message: `The times come from ${fixed}, which counts before the file.` }
      if (readTimes(text) === undefined) return { kind: 'refused', message: NO_TIME, fields: ['times'] }
      await this.#keep(timesLines(text, this.#configuration.settings))
      const { office } = this.#options
      if (missingSettings(office.settings()).length === 0 && office.elsewhere() === undefined) office.tasks.start('look-ahead')
      return done()
    })
  }

  get #tasks(): readonly Task[] {
    return this.#options.office.tasks.list()
  }

  #request(settings: Settings): Request {
    return this.#options.request(settings)
  }

  #changed(): void {
    this.#options.office.tasks.feed.add({ kind: 'set-up' })
  }

  #allFixed(): Fixed {
    return KEYS.every((name) => this.#configuration.isFixed(name)) ? this.#configuration.fixed(KEYS) : {}
  }

  #keyState(): SetUpState['key']['state'] {
    if (Object.keys(this.#typed).length > 0) return 'accepted'
    return KEYS.every((name) => this.#configuration.settings[name] !== undefined) ? 'set' : 'missing'
  }

  #signInState(): SetUpState['signIn'] {
    const { userToken, userSecret } = this.#configuration.settings
    // The present sign-in belongs to the key of the file, not to the one that was typed.
    const isSet = userToken !== undefined && userSecret !== undefined && this.#keyState() === 'set'
    const owner = this.#owner?.token === userToken ? this.#owner?.nickName : undefined
    return {
      state: isSet ? 'set' : 'missing',
      ...(owner !== undefined && { nickName: owner }),
      ...this.#configuration.fixed(['userToken', 'userSecret']),
    }
  }

  async #end({ pending, settings, typed }: OpenSignIn, verifier: string): Promise<void> {
    const { userToken, userSecret, nickName } = await this.#options.app.endSignIn(this.#request(settings), pending, verifier)
    const keys = KEYS.flatMap((name) => (typed[name] === undefined ? [] : [[settingsTable[name].key, typed[name]] as const]))
    await this.#keep({ authentication: [...keys, ['user_token', userToken], ['user_secret', userSecret]] })
    this.#typed = {}
    this.#outdated = this.#tasks[0]?.id ?? 0
    this.#owner = { token: userToken, nickName }
    this.#trouble = undefined
    this.#changed()
  }

  async #keep(lines: Lines): Promise<void> {
    const before = this.#configuration.settings
    await this.#configuration.keep(lines)
    this.#follow(before)
    this.#changed()
  }

  /** Passes new settings on to the rest of the page. */
  #follow(before: Settings): void {
    const { settings } = this.#configuration
    const isOtherFolder = settings.destination !== before.destination
    if (isOtherFolder || settings.userToken !== before.userToken) this.#outdated = this.#tasks[0]?.id ?? 0
    this.#options.office.use(settings)
    if (isOtherFolder) this.#options.settled(settings)
  }

  /** Answers with the words of an error that a person can act on. */
  async #answering(step: () => Promise<SetUpAnswer>): Promise<SetUpAnswer> {
    try {
      this.#trouble = undefined
      await this.refresh()
      return await step()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const fields =
        error instanceof SignInError ? [...wrongKeys(error), ...(error.problem?.startsWith('verifier_') === true ? ['code'] : [])] : []
      return { kind: 'refused', ...wordsOf(error), fields }
    }
  }
}

const hiddenWords = (source: string): string => `The sign-in comes from ${source}, which counts before the file: unset it first.`
