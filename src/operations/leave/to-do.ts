import { formatCount, formatNumber } from '../../events.ts'

/** The facts of a vault that the list depends on. */
export interface LeavingFacts {
  /** Paths of the folders and albums that a password opens, and whether the vault keeps the password; undefined: the tree is not known. */
  readonly locked: readonly { readonly path: string; readonly isKept: boolean }[] | undefined
  /** Paths of the folders and albums that only invited people see. */
  readonly invited: readonly string[]
  /** Pages of the site. */
  readonly pages: readonly string[]
  /** Items that SmugMug has, and cannot give: it could not process them, or has not finished. */
  readonly unavailable: number
  /** Items held as the best that SmugMug offers, such as videos. */
  readonly renditions: number
  /** RAW files held beside photos. */
  readonly rawFiles: number
  /** May there be RAW files that SmugMug does not offer? */
  readonly isRawRefused: boolean
  /** Albums that lock their originals. */
  readonly lockedAlbums: readonly string[]
  /** Does a backup ask for comments? */
  readonly comments: boolean
  readonly vanishedKept: number
  /** Folders of the vault that are links to folders elsewhere. */
  readonly linked?: readonly string[]
  /** Is the vault sealed? */
  readonly isSealed?: boolean
}

/** One thing that only the owner of the account can do. */
export interface ToDo {
  /** A word of its own, for programs; it does not change. */
  readonly key: string
  /** The thing itself, in a few words. */
  readonly what: string
  /** The reason, and the way. */
  readonly how: string
  /** The albums, folders or pages that it is about. */
  readonly names?: readonly string[]
}

/**
 * Returns everything that SmugMug cannot give to a program and that is lost with the account, and the precautions before it is closed: in
 * the order of doing. Pure.
 */
export const toDoOf = (facts: LeavingFacts): readonly ToDo[] => [
  ...originals(facts),
  ...business,
  ...people(facts),
  ...site(facts),
  ...precautions(facts),
]

function originals({ unavailable, lockedAlbums, renditions, rawFiles, isRawRefused }: LeavingFacts): readonly ToDo[] {
  return [
    ...(unavailable === 0
      ? []
      : [
          {
            key: 'unavailable',
            what: 'Items that SmugMug cannot give',
            how: `${formatNumber(unavailable)} of the open items ${unavailable === 1 ? 'is' : 'are'} of this kind: find your own file and upload it again, or delete the item at SmugMug if you can do without it. Then run this again.`,
          },
        ]),
    ...(lockedAlbums.length === 0
      ? []
      : [
          {
            key: 'locked-originals',
            what: 'Unlock your originals',
            how: 'These albums give only smaller copies: allow downloads there, set the largest size to Original, then run this again.',
            names: lockedAlbums,
          },
        ]),
    ...(renditions === 0
      ? []
      : [
          {
            key: 'videos',
            what: 'Look for the videos that you uploaded',
            how: `SmugMug converts videos (and HEIC photos) and does not give the upload back. ${formatCount(renditions, 'item')} here ${renditions === 1 ? 'is' : 'are'} the best copy that it has: keep your own files, too.`,
          },
        ]),
    {
      key: 'raw',
      what: 'RAW files and SmugMug Source',
      how: [
        rawFiles === 0
          ? 'The vault holds no RAW files beside photos.'
          : `The vault holds ${formatCount(rawFiles, 'RAW file')} beside photos.`,
        ...(isRawRefused ? ['There may be some that SmugMug does not offer to programs.'] : []),
        'If you subscribe to Source, compare with what Source shows, and download the rest there. It is billed by itself: cancel it by itself.',
      ].join(' '),
    },
  ]
}

const business: readonly ToDo[] = [
  {
    key: 'orders',
    what: 'Orders, sales and invoices',
    how: 'Download the history of orders and sales, and the invoices for your taxes. Wait until open orders are delivered, and for what SmugMug still owes you.',
  },
  {
    key: 'price-lists',
    what: 'Price lists, coupons and packages',
    how: 'Write down what you want to use again, and let coupons that clients hold run out.',
  },
  {
    key: 'subscription',
    what: 'Subscription and renewal',
    how: 'Look up the date of the renewal, and close the account before it. If you subscribed in an app, the app store ends the payments, not SmugMug.',
  },
  {
    key: 'domain',
    what: 'Your own domain',
    how: 'If your site has an address of its own, make sure that the domain is yours, and point its DNS to the new place before you close the account.',
  },
]

function people({ locked, invited, comments }: LeavingFacts): readonly ToDo[] {
  const lost = (locked ?? []).filter(({ isKept }) => !isKept).map(({ path }) => path)
  const kept = (locked ?? []).length - lost.length
  return [
    {
      key: 'passwords',
      what: 'Galleries of clients, and their passwords',
      how: [
        ...(locked === undefined ? ['It is not known here which have a password.'] : []),
        ...(lost.length > 0
          ? ['The vault does not keep the passwords of those below: write them down, or set keep_secrets = true and run this again.']
          : []),
        ...(kept > 0 ? [`The vault keeps ${formatCount(kept, 'password')}: treat it as a secret.`] : []),
        'Tell your clients the date, and where their photos will be.',
      ].join(' '),
      ...(lost.length > 0 && { names: lost }),
    },
    ...(invited.length === 0
      ? []
      : [
          {
            key: 'invited',
            what: 'People whom you invited',
            how: 'Only they see these. Note who they are: the vault does not know it.',
            names: invited,
          },
        ]),
    {
      key: 'guests',
      what: 'Uploads of guests, favourites and events',
      how: 'Close the upload links that guests have. Photos that they added are in the albums; lists of favourites, events and their guests are not in the vault.',
    },
    {
      key: 'comments',
      what: 'Comments',
      how: comments
        ? 'Comments on albums and photos are in the vault, where SmugMug gives them.'
        : 'Comments are not in the vault. To have them, set comments = true and run this again.',
    },
    {
      key: 'others',
      what: 'Everybody else who uses the account',
      how: 'Assistants, family, the phone that uploads by itself: all must stop adding photos now. Whatever comes after this look is not in it.',
    },
  ]
}

function site({ pages }: LeavingFacts): readonly ToDo[] {
  return [
    {
      key: 'design',
      what: 'The design of your site',
      how: `Pages, themes, menus, custom HTML and CSS, watermarks and the logo cannot be fetched: save the texts and pictures${pages.length === 0 ? '' : ' of these pages'} from the browser.`,
      ...(pages.length > 0 && { names: pages }),
    },
    {
      key: 'links',
      what: 'Links and embedded photos elsewhere',
      how: 'Blogs, forums, e-mails and printed cards that show or name your SmugMug address will lead nowhere. `smugmug-backup handover redirects` maps the old addresses, if the domain is yours.',
    },
    {
      key: 'apps',
      what: 'Apps that may use the account',
      how: 'Revoke them in the account settings under Privacy, Authorized Services: this program as well, but last.',
    },
  ]
}

const precautions = ({ vanishedKept, linked = [], isSealed = false }: LeavingFacts): readonly ToDo[] => [
  ...(vanishedKept === 0
    ? []
    : [
        {
          key: 'kept',
          what: 'Items that are gone from SmugMug',
          how: `The vault alone has ${formatCount(vanishedKept, 'item')} that the account has no more: \`smugmug-backup export --vanished\` names them.`,
        },
      ]),
  {
    key: 'second-copy',
    what: 'A second copy of this vault',
    how: `Copy the whole folder to another disk that is kept elsewhere${linked.length === 0 ? '' : ', with the photos that these links in it lead to (`cp -rL`, `rsync -aL`)'}, and check it there with sha256sum. From now on there is no other source.`,
    ...(linked.length > 0 && { names: linked }),
  },
  {
    key: 'open-copy',
    what: 'Open the second copy',
    how: isSealed
      ? 'Open a few photos and films of different years with `age` and each of your private keys, also the one on paper. Without a key that opens it, everything is lost.'
      : 'Open its index.html in a browser, and look at a few photos and films of different years.',
  },
]
